"""Ways on and back: each button leads to where somebody expects to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chat.reading import labels_of, text_of

if TYPE_CHECKING:
    from tests.chat.conftest import World


async def test_back_from_the_date_that_bears_on_an_answer_leads_to_the_answer(world: World) -> None:
    """“About that date” on an answer opens the date; Back there shows the answer again, not the list of all dates."""
    answer = await world.ann.slash("allies", topic="new-start")
    date = await world.ann.click(answer, label="About that date")
    assert "**Why it matters here**" in text_of(date)
    assert text_of(await world.ann.click(date, label="Back")).startswith(text_of(answer)[:200])


async def test_passed_dates_are_on_the_page_that_the_button_opens(world: World) -> None:
    """“Show passed ones too” leads to the first that has passed, however many dates lie ahead; the way back begins at the first page."""
    ahead = await world.ann.slash("deadlines")
    assert "page 1 of" in text_of(ahead)
    passed = await world.ann.click(ahead, label="Show passed ones too")
    assert "### Passed" in text_of(passed)
    assert text_of(await world.ann.click(passed, label="Only dates ahead")) == text_of(ahead)


async def test_what_no_answer_goes_by_is_searched_in_the_timeline(world: World) -> None:
    """The suggestions for a text that only the timeline has bear a button to its entries; those for nonsense do not."""
    offered = await world.ann.slash("allies", topic="open skies")
    found = text_of(await world.ann.click(offered, label="Search the timeline"))
    assert "matching “open skies”" in found
    assert "Open Skies" in found
    assert "Search the timeline" not in labels_of(await world.ann.slash("allies", topic="zzz qqq"))


async def test_a_treaty_is_answered_by_its_name(world: World) -> None:
    """`/allies topic:CSTO` shows the treaty with its parties."""
    text = text_of(await world.ann.slash("allies", topic="CSTO"))
    assert text.strip().startswith("## Collective Security Treaty")
    assert "**Parties**" in text
