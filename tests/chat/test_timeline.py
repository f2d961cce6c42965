"""`/timeline` as people use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.chat.reading import labels_of, open_buttons, options_of, text_of

if TYPE_CHECKING:
    from bot.knowledge.snapshot import Snapshot
from tests.chat.conftest import World


async def test_the_timeline_starts_with_the_oldest_and_says_where_it_stands(world: World) -> None:
    """The first page begins in 1780, before the first envoy of 1803, and tells entries, pages and years."""
    text = text_of(await world.ann.slash("timeline"))
    assert "oldest first.\n**1780 to 1783** · " in text
    assert text.index("**1780 to 1783** · ") < text.index("**28 October 1803** · ")
    assert re.search(r"Entries 1–5 of \d+ · page 1 of \d+ · 1780 – \d+", text)


async def test_paging_visits_every_event_once(world: World, snapshot: Snapshot) -> None:
    """Next, pressed to the end, shows each event exactly once; First and Last jump; the ends are switched off."""
    result = await world.ann.slash("timeline")
    opened = [custom_id.split(":")[3] for custom_id in open_buttons(result)]
    assert labels_of(result)["Previous"]["disabled"]
    while not labels_of(result)["Next"]["disabled"]:
        result = await world.ann.click(result, label="Next")
        opened += [custom_id.split(":")[3] for custom_id in open_buttons(result)]
    assert len(opened) == len(set(opened)) == len(snapshot.knowledge.events)
    first = await world.ann.click(result, label="First")
    assert "page 1 of" in text_of(first)
    last = await world.ann.click(first, label="Last")
    assert labels_of(last)["Next"]["disabled"]


@pytest.mark.parametrize(
    ("options", "seen", "unseen"),
    [
        ({"from": "1991", "to": "1991"}, "START I signed", "Camp David"),
        ({"from": "1991-12", "to": "1992-02"}, "The Soviet Union ends", "START I signed"),
        ({"from": "1991-12-25", "to": "25 December 1991"}, "The Soviet Union ends", "Camp David"),
        ({"tag": "space"}, "Apollo", "Yalta"),
        ({"tag": "Arms control", "from": "2026"}, "New START", "Maduro"),
        ({"search": "torgau"}, "Elbe", "Yalta"),
        ({"search": "budapst memorandum"}, "Budapest Memorandum", "Yalta"),
    ],
)
async def test_filters_keep_what_fits(world: World, options: dict[str, str], seen: str, unseen: str) -> None:
    """Dates, tags and words narrow the timeline."""
    text = text_of(await world.ann.slash("timeline", **options))
    assert seen in text
    assert unseen not in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"from": "1991-13"}, "“1991-13” is not a date I can read"),
        ({"to": "2026-02-30"}, "“2026-02-30” is not a date I can read"),
        ({"from": "yesterday"}, "“yesterday” is not a date I can read"),
        ({"from": "0000"}, "“0000” is not a date I can read"),
        ({"from": "1995", "to": "1991"}, "it starts 1995 and ends 1991"),
        ({"tag": "cooking"}, "There is no tag “cooking”. The tags are: Alliances"),
        ({"search": "x" + ":" * 39}, "too long for me to keep"),
    ],
)
async def test_bad_options_get_a_clear_private_answer(world: World, options: dict[str, str], said: str) -> None:
    """An option that cannot be used is named, only to the one who typed it, with what to write instead."""
    result = await world.ann.slash("timeline", **options)
    assert result.is_private
    assert said in result.content


async def test_nothing_found_is_said(world: World) -> None:
    """A filter without matches says so and leads back to the whole timeline."""
    result = await world.ann.slash("timeline", search="zzzzqqqq")
    assert "Nothing here matches that" in text_of(result)
    assert "page 1 of" in text_of(await world.ann.click(result, label="Timeline"))


async def test_an_era_is_jumped_to(world: World) -> None:
    """The select leads to the page on which the era begins."""
    result = await world.ann.slash("timeline")
    nineties = next(o for o in options_of(result) if "1992–2000" in o["label"])
    assert "1 February 1992" in text_of(await world.ann.pick(result, nineties))


async def test_an_entry_opens_to_its_detail_and_back_keeps_the_filters(world: World) -> None:
    """Open shows the event with linked sources; Back returns to the same filtered page."""
    result = await world.ann.slash("timeline", **{"from": "1985", "to": "1995", "tag": "arms-control"})
    before = text_of(result)
    opened = await world.ann.press(result, open_buttons(result)[0])
    assert re.search(r"\*\*Sources\*\*\n1\. \[.+\]\(<https?://", text_of(opened))
    assert "Confirmed to" in text_of(opened)
    assert text_of(await world.ann.click(opened, label="Back")) == before


async def test_tags_are_suggested(world: World) -> None:
    """The tag option completes titles and ids."""
    assert await world.ann.suggestions("timeline", "tag", "arms") == ["arms-control"]
    assert len(await world.ann.suggestions("timeline", "tag", "")) == 12


async def test_a_search_is_shown_as_typed(world: World) -> None:
    """A link, a mention or bold in a search is text on the card, not markup."""
    text = text_of(await world.ann.slash("timeline", search="[gift](https://evil.example) **x**"))
    assert "\\[gift](https" in text
    assert "\\*\\*x" in text


async def test_a_search_without_words_is_no_filter(world: World) -> None:
    """Punctuation alone shows everything and does not claim to have matched it."""
    assert "Everything in this knowledge base" in text_of(await world.ann.slash("timeline", search="!!!"))
