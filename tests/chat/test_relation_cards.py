"""Every card about countries and treaties of the real content: within Discord's limits, and never without its caution."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from discord import ui

from bot.chat.layout import Scene
from bot.chat.proving import find_faults
from bot.chat.rendering import Renderer
from bot.domain.alliances import Relation
from bot.domain.screens import CirclesScreen, RelationScreen, Screen, TreatyScreen, TurnsScreen
from bot.errors import SameCountryError
from bot.services.relating import relate
from tests.chat.reading import labels_in, text_in

YEARS = ("1815", "1848", "1879", "1914", "1936", "1943", "1950", "1961", "1979", "1991", "2003-05", "2026-11-22", "")
"""A dozen dates and today."""

SEED = 20261122
PAIRS = 3000


def _faults(scene: Scene, screen: Screen, view: ui.LayoutView, *, cautioned: bool) -> Iterator[str]:
    yield from (f"{screen.address()}: {fault}" for fault in find_faults(view))
    caution = scene.phrases.words.alliances.relation.caution.partition("{date}")[0]
    if (caution in text_in(view)) is not cautioned:
        yield f"{screen.address()}: {'lacks' if cautioned else 'has'} the caution"


def _pages(draw: Callable[[int], ui.LayoutView]) -> Iterator[ui.LayoutView]:
    """Draw page after page until Next is off, or is not there."""
    number = 0
    while True:
        view = draw(number)
        yield view
        if labels_in(view).get("Next", True):
            return
        number += 1


def sample_pairs(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """Yield two countries and a date from 1815 on, the same at every run; every second pair shares a treaty, on a day near a change."""
    chance, knowledge = random.Random(SEED), scene.snapshot.knowledge  # noqa: S311 - nothing secret
    first, today = date(1815, 1, 1), scene.now.date()
    everybody = [country.id for country in knowledge.countries]
    for number in range(PAIRS):
        parties = sorted({party.country for party in chance.choice(knowledge.treaties).parties})
        one, other = chance.sample(parties if number % 2 else everybody, 2)
        day = first + timedelta(days=chance.randint(0, (today - first).days))
        if near := [mark for mark in knowledge.treaty_book.list_boundaries(one, other) if first < mark <= today]:
            day = chance.choice(near) - timedelta(days=chance.randint(0, 1))
        yield one, other, chance.choice([str(day), f"{day:%Y-%m}", f"{day:%Y}", ""])


@pytest.mark.parametrize("back", ["", "relation%3AX-AB%3AX-SO%3A2026-11-22", "allies%3AX-AB%3A2026-11-22%3A9"])
def test_every_treaty_fits(scene: Scene, back: str) -> None:
    """The card of each treaty breaks no limit, from wherever it is opened, and says how well it is confirmed."""
    renderer = Renderer("1")
    found: list[str] = []
    for treaty in scene.snapshot.knowledge.treaties:
        view = renderer.draw(scene, screen := TreatyScreen(treaty.id, back))
        found += [f"{screen.address()}: {fault}" for fault in find_faults(view)]
        found += [f"{treaty.id} lacks {line}" for line in scene.phrases.ground(treaty, scene.now) if line not in text_in(view)]
    assert found == []


def test_every_list_of_allies_fits(scene: Scene) -> None:
    """All pages of every country's allies, in a dozen years and today, break no limit, and carry the caution where there is an answer."""
    renderer, knowledge = Renderer("1"), scene.snapshot.knowledge
    found: list[str] = []
    seen = 0
    for country in knowledge.countries:
        for on in YEARS:
            for view in _pages(lambda page, code=country.id, on=on: renderer.draw(scene, CirclesScreen(code, on, page))):  # type: ignore[misc]
                is_absent = "a state** " in text_in(view) or "state of its own** " in text_in(view)
                found += _faults(scene, CirclesScreen(country.id, on), view, cautioned=not is_absent)
                seen += 1
    assert found == []
    assert seen > len(knowledge.countries) * len(YEARS)


def test_relations_fit(scene: Scene) -> None:
    """Some thousand relations from 1815 on break no limit; each carries the caution, and its label."""
    renderer, labels = Renderer("1"), scene.phrases.words.alliances.relation.label
    found: list[str] = []
    told = set()
    for one, other, on in sample_pairs(scene):
        screen = RelationScreen(one, other, on)
        try:
            outcome = relate(scene.snapshot.knowledge, screen, scene.now.date())
        except SameCountryError:
            continue
        view = renderer.draw(scene, screen)
        is_relation = isinstance(outcome, Relation)
        found += _faults(scene, screen, view, cautioned=is_relation)
        if isinstance(outcome, Relation):
            told.add(outcome.label)
            found += [f"{screen.address()}: lacks its label"] if f"**{labels[outcome.label]}" not in text_in(view) else []
    assert found == []
    assert told == set(labels)


def test_histories_fit(scene: Scene) -> None:
    """All pages of some hundred pairs' years break no limit and carry the caution."""
    renderer, pairs = Renderer("1"), dict.fromkeys((one, other) for one, other, _ in list(sample_pairs(scene))[: PAIRS // 4])
    found: list[str] = []
    seen = 0
    for one, other in [*pairs, ("FR", "GB"), ("RU", "GB"), ("DE", "RU"), ("IT", "DE")]:
        screen = TurnsScreen(one, other)
        try:
            for view in _pages(lambda page, screen=screen: renderer.draw(scene, screen.on_page(page))):  # type: ignore[misc]
                found += _faults(scene, screen, view, cautioned=True)
                seen += 1
        except SameCountryError:
            continue
    assert found == []
    assert seen > len(pairs)
