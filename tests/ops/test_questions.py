"""Questions to the database: one at a time, with patience that ends, and the loop's own delay."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.errors import StoreError
from bot.ops import lag, questions
from bot.ops.questions import Question


class _Database:
    """Answers with how often it was asked, once it is let go."""

    def __init__(self) -> None:
        self.asked = 0
        self.free = asyncio.Event()

    async def answer(self) -> int:
        self.asked += 1
        number = self.asked
        await self.free.wait()
        return number


async def test_however_many_ask_a_hung_database_hears_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody hears in time that there is no answer; once it comes, whoever asks then gets it."""
    monkeypatch.setattr(questions, "PATIENCE", 0.05)
    database = _Database()
    question = Question(database.answer, fresh_seconds=60)
    waited = await asyncio.gather(*(question.answer() for _ in range(50)), return_exceptions=True)
    assert [type(error) for error in waited] == [TimeoutError] * 50
    assert database.asked == 1
    database.free.set()
    assert [await question.answer() for _ in range(3)] == [1, 1, 1]


async def test_an_answer_serves_for_its_time_and_a_failure_for_none() -> None:
    """Without any time each one who comes asks anew; an error is raised for those who waited and asked about again."""
    database = _Database()
    database.free.set()
    question = Question(database.answer, fresh_seconds=0)
    assert [await question.answer() for _ in range(3)] == [1, 2, 3]

    asked: list[str] = []

    async def fail() -> int:
        asked.append("once more")
        raise StoreError("away")

    failing = Question(fail, fresh_seconds=60)
    for _ in range(2):
        with pytest.raises(StoreError):
            await failing.answer()
    assert len(asked) == 2


async def test_closing_gives_up_what_is_being_asked() -> None:
    """No task is left behind."""
    question = Question(_Database().answer, fresh_seconds=60)
    waiting = asyncio.create_task(question.answer())
    await asyncio.sleep(0)
    await question.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_loop_that_is_held_up_is_told_by_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """What blocks the loop for a fifth of a second shows as about that much."""
    monkeypatch.setattr(lag, "SAMPLE_SECONDS", 0.01)
    noted: asyncio.Queue[float] = asyncio.Queue()
    sampling = asyncio.create_task(lag.sample_lag(noted.put_nowait))
    await asyncio.sleep(0)
    time.sleep(0.2)  # noqa: ASYNC251 - it is what is measured
    assert await noted.get() > 0.15
    sampling.cancel()
