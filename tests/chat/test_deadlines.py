"""`/deadlines` as people use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.chat.reading import labels_of, open_buttons, options_of, text_of

if TYPE_CHECKING:
    from tests.chat.conftest import World


async def test_what_comes_next_stands_first_by_month(world: World) -> None:
    """The list is grouped by month, in order, with relative stamps and certainty in words."""
    text = text_of(await world.ann.slash("deadlines"))
    stamps = [int(s) for s in re.findall(r"<t:(\d+):R>", text)]
    assert stamps == sorted(stamps)
    assert re.search(r"### (November|December) 2026", text)
    assert re.search(r"-# (scheduled|tentative)", text)
    assert "INF Treaty signed in Washington (8 December 1987)\n-# scheduled, the day is confirmed · anniversary · " in text


async def test_recurring_ones_tell_their_rhythm_and_the_next_dates(world: World) -> None:
    """A renewal says how often it comes, and its card lists the dates after the next."""
    text = text_of(await world.ann.slash("deadlines", tag="sanctions"))
    assert "Comes every" in text or "Comes twice" in text
    opened = await _open(world, "eo-13660-emergency")
    assert "After that: 6 March 2028, 6 March 2029" in opened


async def _open(world: World, deadline: str) -> str:
    result = await world.ann.slash("deadlines", all=True)
    while True:
        found = [custom_id for custom_id in open_buttons(result) if f"deadline:{deadline}:" in custom_id]
        if found:
            return text_of(await world.ann.press(result, found[0]))
        result = await world.ann.click(result, label="Next")


async def test_a_passed_one_says_that_its_end_is_not_known(world: World) -> None:
    """Where no outcome was confirmed the card says so, with the day the trail ends."""
    text = await _open(world, "nato-ankara-2026")
    assert "date passed, outcome not known here" in text
    assert "How it ended is not known here after" in text


async def test_an_exact_moment_keeps_its_zone_and_is_stamped_for_the_reader(world: World) -> None:
    """A legal moment is written in its own zone and as a full timestamp that each reader sees in theirs."""
    text = await _open(world, "congress-120")
    assert "3 January 2027, 12:00 (America/New_York)" in text
    assert "<t:1798995600:F>" in text


async def test_passed_ones_are_hidden_until_asked_for(world: World) -> None:
    """`all` and the button show passed dates, under their own heading."""
    result = await world.ann.slash("deadlines", tag="nato")
    assert "### Passed" not in text_of(result)
    shown = await world.ann.click(result, label="Show passed ones too")
    assert "### Passed" in text_of(shown)


async def test_the_tag_select_narrows(world: World) -> None:
    """Choosing a tag shows only its dates."""
    result = await world.ann.slash("deadlines")
    space = next(o for o in options_of(result) if o["label"] == "Space")
    assert "Space Station" in text_of(await world.ann.pick(result, space))


async def test_time_moves_on(world: World) -> None:
    """A date that has passed without a word from an editor is never shown as ahead or as certain."""
    await world.env.advance_time(30 * 86_400)
    text = text_of(await world.ann.slash("deadlines"))
    assert "OSCE" not in text
    opened = await _open(world, "osce-ministerial-2026")
    assert "date passed, outcome not known here" in opened


async def test_an_unknown_tag_is_named(world: World) -> None:
    """A tag that does not exist gets the list of those that do."""
    result = await world.ann.slash("deadlines", tag="cooking")
    assert result.is_private
    assert "There is no tag “cooking”" in result.content
    assert "Back" not in labels_of(result)


async def test_a_day_that_is_today_never_reads_as_past(world: World) -> None:
    """On the day itself, in the evening, and while a meeting is under way, the card says so in words instead of hours ago."""
    await world.env.advance_time(11 * 86_400 + 6 * 3_600)  # 3 December, 18:00 UTC
    assert "**3 to 4 December 2026**, today" in text_of(await world.ann.slash("deadlines"))
    await world.env.advance_time(86_400)
    assert "**3 to 4 December 2026**, under way" in text_of(await world.ann.slash("deadlines"))


async def test_a_countdown_of_days_is_left_to_discord(world: World) -> None:
    """A date further off carries Discord's own countdown."""
    assert re.search(r"\*\*14 to 15 December 2026\*\*, <t:\d+:R>", text_of(await world.ann.slash("deadlines")))
