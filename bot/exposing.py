"""What the outside may see of a running bot: builds the web port around it, where one is asked for."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from bot.ops.lag import sample_lag
from bot.ops.metrics import Metrics
from bot.ops.pages import list_pages
from bot.ops.vitals import Sights, Vitals
from bot.ops.web import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.app import Bot
    from bot.settings import Settings
    from bot.store.store import Store


@contextlib.asynccontextmanager
async def exposed(settings: Settings, bot: Bot, store: Store) -> AsyncIterator[None]:
    """Count what happens and serve the web port; without HTTP_PORT do neither. Raises SettingsError where the port cannot be used."""
    if settings.http_port is None:
        yield
        return
    metrics, knowledge = Metrics(), bot.knowledge
    vitals = Vitals(_sights_of(bot), store, knowledge)
    bot.tell(metrics)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(vitals.close)
        await stack.enter_async_context(serving(list_pages(vitals, metrics, knowledge), settings.http_host, settings.http_port))
        sampling = asyncio.create_task(sample_lag(metrics.lagged), name="loop lag")
        stack.callback(sampling.cancel)
        yield


def _sights_of(bot: Bot) -> Sights:
    client, alerting, reloading = bot.client, bot.alerting, bot.reloading
    return Sights(
        is_connected=lambda: client.is_connected,
        shards=client.list_shards,
        guilds=lambda: len(client.guilds),
        workers=lambda: bot.workers,
        warning=lambda: reloading.warning if reloading else "",
        in_flight=lambda: alerting.dispatcher.in_flight,
        next_alert_at=lambda: alerting.planner.due_next,
        clock_ahead=client.discord_clock.find_ahead,
    )
