"""The controls of the cards about countries and treaties: where each leads, whose message turns, and what old ones answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import discord
import pytest
from discord import ui

from bot.app import build_client
from bot.chat.controls import GoButton
from bot.domain.statements import CountryId
from bot.knowledge.snapshot import CurrentSnapshot, Snapshot
from tests.chat.conftest import World, open_world
from tests.chat.reading import labels_of, open_buttons, options_of, text_of

if TYPE_CHECKING:
    from bot.domain.knowledge_base import KnowledgeBase

QUESTION = {"country": "New Zealand", "year": "1990"}
HEADINGS = {"treaty": "**Parties**", "topic": "**Key facts**", "event": "**Sources**", "turns": ", year by year"}
"""By what a card of a kind is known."""


@pytest.mark.parametrize(
    ("label", "seen"),
    [
        ("Year by year", "## New Zealand and the United States, year by year"),
        ("Allies of New Zealand", "## Who are the allies of New Zealand?"),
        ("Allies of the United States", "## Who are the allies of the United States?"),
        ("Today", "## New Zealand and the United States\n**Partners without mutual defence (former treaty allies)**, as of "),
    ],
)
async def test_the_buttons_of_a_relation(world: World, label: str, seen: str) -> None:
    """Each turns the message: to the years, to all allies of either in the year that was asked for, to today."""
    answer = await world.ann.slash("allies", **QUESTION)
    assert len(labels_of(answer)) == 4
    followed = await world.ann.click(answer, label)
    assert followed.id == answer.id
    assert seen in text_of(followed)
    assert ("in 1990 (told for 1 July 1990)" in text_of(followed)) is label.startswith("Allies of")


async def test_a_relation_of_today_has_no_button_to_today(world: World) -> None:
    """Where nothing earlier was asked for, the button is not there."""
    assert "Today" not in labels_of(await world.ann.slash("allies", country="New Zealand"))


async def test_every_option_of_a_relation_leads_where_it_says(world: World) -> None:
    """Treaties, answers and events open; Back leads from a treaty or an event to the same relation."""
    answer = await world.ann.slash("allies", country="Russia", year="1943")
    before, options = text_of(answer), options_of(answer)
    kinds = [option["value"].partition(":")[0] for option in options]
    assert set(kinds) == {"treaty", "topic", "event"}
    for kind, option in zip(kinds, options, strict=True):
        opened = await world.ann.pick(answer, option)
        assert HEADINGS[kind] in text_of(opened), option
        if kind != "topic":
            answer = await world.ann.click(opened, "Back")
            assert text_of(answer) == before
        answer = await world.ann.slash("allies", country="Russia", year="1943")


async def test_every_option_of_a_treaty_leads_where_it_says(world: World) -> None:
    """The answers and events that name a treaty open from its card; Back of an event leads to the treaty again."""
    answer = await world.ann.slash("allies", country="USA")
    treaty = await world.ann.press(answer, open_buttons(answer)[0])
    before, options = text_of(treaty), options_of(treaty)
    assert {option["value"].partition(":")[0] for option in options} == {"topic", "event"}
    for option in options:
        opened = await world.ann.pick(treaty, option)
        kind = option["value"].partition(":")[0]
        assert HEADINGS[kind] in text_of(opened), option
        if kind == "event":
            assert text_of(await world.ann.click(opened, "Back")) == before
        treaty = await world.ann.press(await world.ann.slash("allies", country="USA"), open_buttons(answer)[0])


async def test_back_leads_from_a_treaty_to_the_page_it_was_opened_from(world: World) -> None:
    """Opened from the second page of a year's allies, a treaty leads back to just that page."""
    answer = await world.ann.slash("allies", country="USA", year="2020")
    page = await world.ann.click(answer, "Next")
    treaty = await world.ann.press(page, open_buttons(page)[0])
    assert "**Parties**" in text_of(treaty)
    assert text_of(await world.ann.click(treaty, "Back")) == text_of(page)


async def test_paging_visits_every_treaty_once(world: World, snapshot: Snapshot) -> None:
    """Next, pressed to the end, shows every treaty that gives the country an ally once; First and Last jump; the ends are off."""
    answer = await world.ann.slash("allies", country="USA")
    assert labels_of(answer)["First"]["disabled"]
    assert labels_of(answer)["Previous"]["disabled"]
    opened = open_buttons(answer)
    while not labels_of(answer)["Next"]["disabled"]:
        answer = await world.ann.click(answer, "Next")
        opened += open_buttons(answer)
        assert len(opened) < 100, "the last page has a Next"
    treaties = [custom_id.split(":")[3] for custom_id in opened]
    circles = snapshot.knowledge.treaty_book.list_circles(CountryId("US"), world.env.now().date())
    assert isinstance(circles, tuple)
    assert treaties == [circle.treaty.id for circle in circles]
    assert labels_of(answer)["Last"]["disabled"]
    first = await world.ann.click(answer, "First")
    assert "page 1 of" in text_of(first)
    assert text_of(await world.ann.click(await world.ann.click(first, "Last"), "Previous")) != text_of(first)


async def test_year_by_year_leads_back_to_today(world: World) -> None:
    """The history of Russia and the United States tells the coalition and its end, and its button leads to what holds today."""
    posted = await world.post(GoButton("turns:RU:US", label="years"))
    years = await world.ann.click(posted, "years")
    text = text_of(years)
    assert text.index("**1 January 1942** · Same side in a wartime coalition") < text.index("**2 September 1945**")
    assert "## Russia and the United States\n**No formal alliance" in text_of(await world.ann.click(years, "Today"))


async def test_a_long_history_turns_its_pages(world: World) -> None:
    """More changes than fit a page are paged, and each is told once."""
    posted = await world.post(GoButton("turns:FR:GB", label="years"))
    page = await world.ann.click(posted, "years")
    lines = _turns(text_of(page))
    assert "page 1 of" in text_of(page)
    while not labels_of(page)["Next"]["disabled"]:
        page = await world.ann.click(page, "Next")
        lines += _turns(text_of(page))
        assert len(lines) < 200, "the last page has a Next"
    assert len(lines) == len(set(lines)) > 12
    assert lines[0].startswith("**By 1815**")


async def test_somebody_else_gets_a_private_copy_of_a_relation(world: World) -> None:
    """A click by another person leaves the message alone and shows them the answer privately, which then is theirs."""
    answer = await world.ann.slash("allies", **QUESTION)
    theirs = await world.bob.click(answer, "Year by year")
    assert theirs.is_private
    assert theirs.id != answer.id
    assert (await world.bob.click(theirs, "Today")).id == theirs.id
    assert "told for 1 July 1990" in text_of(await world.bob.click(answer, "Allies of New Zealand"))


@pytest.mark.parametrize(
    ("options", "label", "seen"),
    [
        (QUESTION, "Year by year", ", year by year"),
        (QUESTION, "Allies of New Zealand", "told for 1 July 1990"),
        ({"country": "Korea"}, "South Korea", "## South Korea and the United States"),
        ({"country": "Japn"}, "Japan", "## Japan and the United States"),
        ({"country": "USA"}, "Last", "page 3 of 3"),
        ({"country": "Ukraine", "year": "1970"}, "Soviet Union – United States", "told for 1 July 1970"),
    ],
)
async def test_controls_work_after_a_restart(
    world: World, knowledge: CurrentSnapshot, options: dict[str, str], label: str, seen: str
) -> None:
    """A button sent before the bot was restarted still leads where it says, and turns the message."""
    answer = await world.ann.slash("allies", **options)
    await world.env.restart_bot(build_client(knowledge, discord.utils.utcnow))
    followed = await world.ann.click(answer, label)
    assert seen in text_of(followed)
    assert not followed.is_private


async def test_a_select_works_after_a_restart(world: World, knowledge: CurrentSnapshot) -> None:
    """An option sent before the bot was restarted still opens its treaty."""
    answer = await world.ann.slash("allies", **QUESTION)
    await world.env.restart_bot(build_client(knowledge, discord.utils.utcnow))
    assert "**Parties**" in text_of(await world.ann.pick(answer, options_of(answer)[0]))


GONE, NOWHERE, SAME = "no longer in the knowledge base", "leads nowhere now", "That is one and the same state"
FORGED = {
    "relation:XX:YY": GONE,
    "relation:US:YY:1943": GONE,
    "relation:US": NOWHERE,
    "relation": NOWHERE,
    "relation:US:JP:soon": NOWHERE,
    "relation:US:JP:1943-13": NOWHERE,
    "relation:US:US": SAME,
    "relation:RU:SU:1950": SAME,
    "turns:US": NOWHERE,
    "turns:US:YY": GONE,
    "turns:US:JP:x": NOWHERE,
    "turns:US:US": SAME,
    "allies": NOWHERE,
    "allies:YY": GONE,
    "allies:US:abc": NOWHERE,
    "allies:US:1943:x": NOWHERE,
    "treaty": NOWHERE,
    "treaty:nope": GONE,
}
"""Addresses that lead to nothing, and what is said of each."""


@pytest.mark.parametrize(("address", "said"), FORGED.items())
async def test_forged_addresses_are_answered_kindly(world: World, address: str, said: str) -> None:
    """A control made up by somebody, or left from another content, gets a private sentence."""
    posted = await world.post(ui.Button(label="old", custom_id=f"v1:go:{address};1"))
    clicked = await world.ann.click(posted, "old")
    assert said in clicked.content
    assert clicked.is_private


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("allies:US:1943:-5", "**Declaration by United Nations**"),
        ("allies:US::999", "page 3 of 3"),
        ("allies:US::-9", "page 1 of 3"),
        ("turns:US:RU:999", "year by year"),
        ("turns:US:RU:-1", "**By 1815**"),
        ("treaty:nato:nowhere%3Ax", "## North Atlantic Treaty"),
        ("relation:US:JP:2026-11-22", "as known on"),
        ("allies:CH", "No treaty of mutual defence and no pledge of protection"),
    ],
)
async def test_pages_and_days_that_are_not_there_show_the_nearest(world: World, address: str, seen: str) -> None:
    """A page past either end shows that end, a way back that is none is left out, and nothing is called true later than it is known."""
    posted = await world.post(ui.Button(label="far", custom_id=f"v1:go:{address};1"))
    assert seen in text_of(await world.ann.click(posted, "far"))


async def test_a_way_back_that_leads_nowhere_leads_to_the_verdict(world: World) -> None:
    """Back of a treaty opened from a page of no known form shows the first answer."""
    posted = await world.post(ui.Button(label="old", custom_id="v1:go:treaty:nato:nowhere%3Ax;1"))
    treaty = await world.ann.click(posted, "old")
    assert "Are Russia and the US allies?" in text_of(await world.ann.click(treaty, "Back"))


@pytest.mark.parametrize("label", ["Year by year", "Allies of Japan", "Today"])
async def test_a_country_removed_by_a_reload_answers_kindly(knowledge: CurrentSnapshot, label: str) -> None:
    """A card drawn before a country was removed keeps its buttons; those that need it say that it is gone, the others lead on."""
    current = CurrentSnapshot(knowledge.current)
    world = await open_world(current)
    answer = await world.ann.slash("allies", country="Japan", year="1970")
    current.current = _without(current.current.knowledge, "JP")
    clicked = await world.ann.click(answer, label)
    other = await world.ann.click(answer, "Allies of the United States")
    await world.env.shutdown()
    assert "(`JP`) is no longer in the knowledge base" in clicked.content
    assert "## Who are the allies of the United States?" in text_of(other)


async def test_a_treaty_removed_by_a_reload_answers_kindly(knowledge: CurrentSnapshot) -> None:
    """An option whose treaty was removed says that it is gone."""
    current = CurrentSnapshot(knowledge.current)
    world = await open_world(current)
    answer = await world.ann.slash("allies", country="Japan")
    current.current = _without(current.current.knowledge, "JP")
    picked = await world.ann.pick(answer, options_of(answer)[0])
    await world.env.shutdown()
    assert "(`us-jp-1960`) is no longer in the knowledge base" in picked.content


def _without(knowledge: KnowledgeBase, code: str) -> Snapshot:
    """Return the knowledge without a country and the treaties it was a party to."""
    countries = tuple(country for country in knowledge.countries if country.id != code)
    treaties = tuple(treaty for treaty in knowledge.treaties if all(party.country != code for party in treaty.parties))
    return Snapshot.of(replace(knowledge, countries=countries, treaties=treaties))


def _turns(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("**")]
