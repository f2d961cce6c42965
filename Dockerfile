# Two stages: the first builds wheel and environment from the locks, the second holds nothing but the environment.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements/build.txt requirements/run.txt requirements/
RUN python -m venv /opt/build && /opt/build/bin/pip install --quiet --require-hashes -r requirements/build.txt
RUN python -m venv /opt/detente && /opt/detente/bin/pip install --quiet --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY content content
RUN /opt/build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /opt/wheels . && /opt/detente/bin/pip install --quiet --no-deps /opt/wheels/detente_bot-*.whl

FROM python:3.13-slim
RUN groupadd --gid 10001 detente && useradd --uid 10001 --gid 10001 --no-create-home --no-log-init --home-dir /data --shell /usr/sbin/nologin detente && install -d -m 700 -o detente -g detente /data
COPY --from=build /opt/detente /opt/detente
ENV PATH=/opt/detente/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ENV DATA_DIR=/data LOG_FORMAT=json
USER 10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["detente", "health"]
ENTRYPOINT ["detente"]
CMD ["run"]
