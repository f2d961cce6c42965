"""What a reload of a large content costs those who ask meanwhile: the real reload, child process, planner and all."""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import NOW, Figure, percentile
from benchmarks.reading import MAX_LAG_MS
from bot.chat.layout import Scene
from bot.chat.rendering import Renderer
from bot.domain.editions import Editor, Origin, UseResult
from bot.domain.subscriptions import EVERYTHING, ChannelId, GuildId, Order, Timing, UserId, Wish
from bot.knowledge.files import read_files
from bot.knowledge.loading import load_files
from bot.knowledge.shelf import Shelf
from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
from bot.services.phrasing import Phrases
from bot.services.planning import Planner
from bot.services.relating import Question
from bot.services.reloading import Reloading
from bot.services.starting import Starting
from bot.services.supplying import Source
from bot.store.store import open_store
from bot.vetting import check_and_index, index, vet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime

    from benchmarks.figures import Ground
    from bot.domain.entries import Topic
    from bot.knowledge.files import ContentFiles
    from bot.knowledge.problems import Problem
    from bot.store.store import Store

ANSWER_EVERY = 0.01
"""Seconds between two questions that are answered meanwhile."""

WISHES = 50


@dataclass(slots=True)
class _Felt:
    """What others felt: seconds between two wake-ups of a 1 ms ticker, and seconds that each answer took to come."""

    gaps: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)


def measure_reload(ground: Ground) -> Iterator[Figure]:
    """Yield how long a reload of 10,000 entries takes, and what those who ask meanwhile feel of it."""
    seconds, rest, felt = asyncio.run(_reload(ground.mixed))
    yield Figure("longest event-loop lag while commands are answered, no reload (floor)", max(rest.gaps) * 1000, "ms")
    yield Figure("answers meanwhile, no reload (floor), p99", percentile(rest.answers, 0.99) * 1000, "ms")
    yield Figure("reload of 10,000 entries with one moved date, until the plan is made", seconds, "s")
    yield Figure("longest event-loop lag during that reload, full garbage collections aside", max(felt.gaps) * 1000, "ms", MAX_LAG_MS)
    yield Figure("event-loop lag during that reload, p99", percentile(felt.gaps, 0.99) * 1000, "ms")
    yield Figure("answers during that reload, p99", percentile(felt.answers, 0.99) * 1000, "ms")
    yield Figure("answers during that reload", float(len(felt.answers)), "")


async def _reload(folder: Path) -> tuple[float, _Felt, _Felt]:
    with tempfile.TemporaryDirectory() as name:
        async with open_store(f"sqlite+aiosqlite:///{name}/detente.sqlite") as store:
            shelf = Shelf(Path(name))
            source = Source(folder=folder, shelf=shelf, check=check_and_index, vet=vet, index=index, limit=0)
            # How long a start takes is measured elsewhere, so here nothing is checked at first.
            beginning = await Starting(store, replace(source, check=_wave_through), now=NOW).begin()
            knowledge = CurrentSnapshot(beginning.snapshot)
            planner = Planner(store, knowledge, clock=lambda: NOW, planned=lambda: None)
            reloading = Reloading(store, knowledge, source, clock=lambda: NOW, changed=planner.refresh)
            await _subscribe(store)
            await planner.step()
            del beginning
            _move_a_date(folder)
            gc.collect()
            gc.disable()  # a full collection stops everybody for 80 ms with so much in memory, with or without a reload: not what is measured
            async with _asking(knowledge) as rest:
                await asyncio.sleep(2)
            async with _asking(knowledge) as felt:
                start = time.perf_counter()
                proposal = await reloading.reload(Editor(Origin.COMMAND, UserId(1)))
                await planner.step()
                seconds = time.perf_counter() - start
            assert proposal.result is UseResult.APPLIED, proposal
            return seconds, rest, felt


def _wave_through(files: ContentFiles, _now: datetime) -> tuple[tuple[Problem, ...], Snapshot | None]:
    found = load_files(files).knowledge
    return (), Snapshot.of(found) if found else None


async def _subscribe(store: Store) -> None:
    for number in range(1, WISHES + 1):
        timing = Timing(NOW.time().replace(hour=number % 24), "UTC")
        order = Order(channel_id=ChannelId(number), selector=EVERYTHING)
        await store.subscriptions.add(GuildId(number), order, Wish(EVERYTHING, None, timing), created_by=UserId(1), now=NOW, limit=1)


def _move_a_date(folder: Path) -> None:
    knowledge = load_files(read_files(folder)).knowledge
    assert knowledge is not None
    day = next(d.when.first_day for d in knowledge.deadlines if d.when.first_day > NOW.date())
    for path in sorted((folder / "deadlines").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if str(day) in text:
            path.write_text(text.replace(str(day), str(day.replace(year=day.year + 1)), 1), encoding="utf-8")
            return


@asynccontextmanager
async def _asking(knowledge: CurrentSnapshot) -> AsyncIterator[_Felt]:
    """Let somebody ask all the while; each time a card is drawn anew."""
    felt, renderer = _Felt(), Renderer("0")
    tasks = [asyncio.create_task(_tick(felt.gaps)), asyncio.create_task(_ask(knowledge, renderer, felt.answers))]
    await asyncio.sleep(0.05)
    felt.gaps.clear()
    felt.answers.clear()
    try:
        yield felt
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _tick(gaps: list[float]) -> None:
    last = time.perf_counter()
    while True:
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now


async def _ask(knowledge: CurrentSnapshot, renderer: Renderer, answers: list[float]) -> None:
    number = 0
    while True:
        asked_at = time.perf_counter() + ANSWER_EVERY
        await asyncio.sleep(ANSWER_EVERY)
        snapshot = knowledge.current
        topics = snapshot.knowledge.topics
        topic: Topic = topics[number % len(topics)]
        renderer.answer(Scene(snapshot, Phrases(snapshot.knowledge.wording), NOW), topic.id, Question())
        answers.append(time.perf_counter() - asked_at)
        number += 1
