"""The comparison with other designs: what it counts and when it lets things happen, and that every design posts at all."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import aiosqlite
import pytest

from benchmarks.beside.auditing import FIRST, NEXT, Seen, audit, count_came, says_late
from benchmarks.beside.contestants import FLOORS, KIND, OURS, Design, Wanted
from benchmarks.beside.documenting import BEGINS, ENDS, PAGE, RESULTS, draw, put_in
from benchmarks.beside.playing import Play, give_up_after
from benchmarks.beside.scenarios import CLOSED, SCENARIOS, STEADY, Trouble, close_some, settle_channels, slow_down
from benchmarks.beside.watching import Costs
from benchmarks.rivals.reminders import Reminder, count_due_rows, delete, find_first, keep_rows, list_due, read_rows
from benchmarks.rivals.scheduling import DAILY, count_due_jobs, keep_jobs
from bot.services.phrasing import Phrases
from tests.loopback import Permission, serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.beside.scenarios import Scenario
    from bot.knowledge.snapshot import Snapshot

DUE_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
DUE = DUE_AT.timestamp()


def _seen(channel_id: int, after: float, which: int = FIRST, *, late: bool = False) -> Seen:
    return Seen(channel_id, which, DUE + after, late)


def test_what_never_came_and_what_came_again_is_counted() -> None:
    """Of three channels one hears nothing and one hears it three times; another date of the same channel is another thing."""
    due = {(1, FIRST): DUE, (1, NEXT): DUE + 60, (2, FIRST): DUE, (3, FIRST): DUE}
    seen = [_seen(1, 1), _seen(1, 61, NEXT), _seen(3, 1), _seen(3, 2), _seen(3, 3)]
    found = audit(due, seen, DUE)
    assert (found.due, found.lost, found.twice) == (4, 1, 2)


def test_only_what_is_late_by_ten_minutes_and_does_not_say_so_is_held_against_a_bot() -> None:
    """Ten minutes are no lateness, as in the bot itself; a message that owns up is all right."""
    due = {(channel, FIRST): DUE for channel in range(4)}
    seen = [_seen(0, 599), _seen(1, 601), _seen(2, 7_200), _seen(3, 7_200, late=True)]
    assert audit(due, seen, DUE).late_unsaid == 2


def test_lateness_begins_when_the_bot_was_there_to_post() -> None:
    """Of what fell due before the start, the wait since the start counts; of what came twice, the first time; the next dates do not."""
    due = {(1, FIRST): DUE - 7_200, (1, NEXT): DUE}
    assert audit(due, [_seen(1, 13), _seen(1, 10), _seen(1, 99, NEXT)], DUE + 4).p99_seconds == 6
    assert audit(due, [], DUE).p99_seconds is None


def test_a_channel_that_is_not_counted_may_still_hear_twice() -> None:
    """What was closed is no loss, but a second message to it is one too many."""
    found = audit({}, [_seen(1, 1), _seen(1, 2)], DUE)
    assert (found.lost, found.twice) == (0, 1)


def test_who_came_back_is_counted_once() -> None:
    """Each channel counts once for the date that is asked for."""
    seen = [_seen(1, 1), _seen(1, 2), _seen(2, 3, NEXT), _seen(9, 1)]
    assert (count_came({1, 2, 3}, FIRST, seen), count_came({1, 2, 3}, NEXT, seen)) == (1, 1)


def test_the_bots_own_words_for_lateness_are_understood(snapshot: Snapshot) -> None:
    """The line that the real wording puts above a late alert counts as saying so; a plain reminder does not."""
    assert says_late(Phrases(snapshot.knowledge.wording).words.posts.late.format(when="yesterday"))
    assert not says_late("Reminder: A summit is tomorrow. It was translated.")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_everybody_meets_the_same_trouble_at_the_same_instants(scenario: Scenario) -> None:
    """The same seed gives the same instants, another one others; nothing is due before it can be prepared except on purpose."""
    now = datetime(2026, 11, 22, 12, 30, 17, tzinfo=UTC)
    plan = scenario.plan(now, 1_000, 7, by_minute=True)
    assert plan == scenario.plan(now, 1_000, 7, by_minute=True)
    assert plan.kills_after != scenario.plan(now, 1_000, 8, by_minute=True).kills_after
    assert 0 < plan.kills_after[0] < plan.kills_after[1] < 1_000 / 40
    assert plan.start_at > now
    assert (plan.due_at.second, plan.due_at.microsecond) == (0, 0)
    up_for = plan.due_at - plan.start_at
    if scenario.waits_for_minute:
        assert up_for == timedelta(seconds=30)
    else:
        assert timedelta(0) <= -up_for - scenario.down_for < timedelta(minutes=1)


async def test_five_percent_are_in_trouble_and_three_of_five_of_them_can_be_mended() -> None:
    """Two forbid to write, one is hidden, one is gone and one has lost its role; what is mended is as before."""
    async with serve() as discord:
        channels = settle_channels(discord, 10 * CLOSED)
        trouble = close_some(discord, channels)
        assert (len(trouble.all), len(trouble.mended), len(trouble.gone), len(trouble.roles)) == (10, 6, 2, 2)
        assert Counter(permission for _, permission in trouble.mended.values()) == {
            Permission.SEND_MESSAGES: 4,
            Permission.VIEW_CHANNEL: 2,
        }
        for channel, permission in trouble.mended.values():
            assert not channel.of_guild.bot_permissions(channel) & permission
            discord.allow(channel, permission)
            assert channel.of_guild.bot_permissions(channel) & permission
        assert all(discord.channels[i].deleted for i in trouble.gone)
        assert not any(role in guild.roles for role in trouble.roles.values() for guild in discord.guilds.values())


def test_the_page_shows_the_tables_of_the_last_run() -> None:
    """docs/reliability.md has what benchmarks/beside.json says; `python -m benchmarks.beside.documenting` puts it there."""
    page, tables = PAGE.read_text(encoding="utf-8"), draw(json.loads(RESULTS.read_text(encoding="utf-8")))
    assert put_in(page, tables) == page


def test_tables_take_the_place_of_those_before() -> None:
    """What stands around the marks stays; a page without both of them is left alone."""
    assert put_in(f"a\n{BEGINS}\nold\n{ENDS}\nb", "new") == f"a\n{BEGINS}\n\nnew\n\n{ENDS}\nb"
    for page in ("", BEGINS, ENDS):
        with pytest.raises(ValueError, match="no place"):
            put_in(page, "new")


def _reminders(count: int) -> list[Reminder]:
    return [Reminder(n, 100 + n, DUE_AT + timedelta(hours=n), f"Reminder {n}") for n in range(1, count + 1)]


async def test_the_plain_table_gives_back_what_was_kept(tmp_path: Path) -> None:
    """What is due comes earliest first, the next one even before it is due, and what was deleted no more."""
    path, kept = tmp_path / "reminders.sqlite", _reminders(3)
    keep_rows(path, reversed(kept))
    assert read_rows(path) == kept
    second = kept[1].due_at
    assert [count_due_rows(path, at) for at in (DUE_AT, second)] == [0, 2]
    async with aiosqlite.connect(path) as database:
        assert await list_due(database, second) == kept[:2]
        assert await find_first(database) == kept[0]
        for reminder in kept:
            await delete(database, reminder)
        assert await find_first(database) is None
    assert count_due_rows(path, kept[2].due_at) == 0


async def test_a_job_that_is_kept_late_is_due_all_the_same(tmp_path: Path) -> None:
    """Jobs for dates, and the daily ones among them, are due when the reminder is, also where that is long past."""
    path, kept = tmp_path / "jobs.sqlite", _reminders(DAILY)
    await keep_jobs(path, kept)
    assert [count_due_jobs(path, r.due_at) for r in kept] == list(range(1, DAILY + 1))


def test_the_cpu_of_earlier_lives_is_not_forgotten() -> None:
    """A life that begins adds to what the last one used, and only what lies between two instants counts."""
    costs = Costs()
    assert costs.cpu_between(0, 1) == 0
    costs.begin(os.getpid())
    costs.sample(0.0)
    _work(0.2)
    costs.sample(10.0)
    costs.begin(os.getpid())  # as if it were another one: all that this process ever used counts again
    costs.sample(20.0)
    first, second, third = costs.samples
    assert second.cpu - first.cpu >= 0.2 - 0.02  # the system counts user and system time in steps of 0.01 s
    assert third.cpu >= second.cpu * 2 - 0.1
    assert costs.cpu_between(0.0, 10.0) == second.cpu - first.cpu
    assert costs.cpu_between(4.0, 20.0) == third.cpu - first.cpu
    assert costs.rss == third.rss > 1


def _work(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


async def test_every_design_posts_what_is_due_once_and_means_to_post_no_more(tmp_path: Path) -> None:
    """Each of them, a real process on a Discord of its own, tells every channel; afterwards it has nothing left."""
    designs = [design for design in (*KIND, *FLOORS) if design is not OURS]
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        plays = [await _enter(stack, design, tmp_path) for design in designs]
        await asyncio.gather(*map(_play, plays))
    for play in plays:
        row = play.result(STEADY.name)
        assert (row.audit.lost, row.audit.twice, row.too_many) == (0, 0, 0), row
        assert row.rss_mib > 10
        left = play.contestant.count_left(datetime.now(UTC))
        assert left == (3 if play.contestant.design in FLOORS else 0), row


async def test_what_ends_by_itself_or_never_is_not_taken_for_a_bot_that_lost(tmp_path: Path) -> None:
    """A process that cannot start, and a run that does not end, are named as such beside the figures."""
    async with AsyncExitStack() as stack, asyncio.timeout(30):
        play = await _enter(stack, Design("broken", "A design", "nothing"), tmp_path)
        async with play.living():
            await give_up_after(20, play, play.settle())
        assert play.result(STEADY.name).given_up == "ended by itself"
        await give_up_after(0, play, asyncio.Event().wait())
        assert play.result(STEADY.name).given_up == "given up after 0 s"


async def _enter(stack: AsyncExitStack, design: Design, folder: Path) -> Play:
    """Let a design be told of three channels, for which something is due now."""
    discord, now = await stack.enter_async_context(serve()), datetime.now(UTC)
    (folder / design.name).mkdir()
    wanted = Wanted(settle_channels(discord, 3), now.replace(microsecond=0))
    contestant = design.enter(folder / design.name, discord, wanted)
    await contestant.prepare()
    slow_down(discord)
    timeline = STEADY.plan(now, 1, 1, by_minute=False)
    return Play(contestant, timeline, Trouble(), {(channel.id, FIRST): DUE for channel in wanted.channels})


async def _play(play: Play) -> None:
    async with play.living():
        await play.discord.wait_for_messages(3)
        # The row of the last one is deleted after it was sent.
        await _until(lambda: play.contestant.design in FLOORS or not play.contestant.count_left(datetime.now(UTC)))


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.to_thread(lambda: None)  # the database is another process's; there is nothing to wait on
