"""Cards about countries and treaties when every text is as long and every list as full as the content may make it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

import pytest

from bot.chat.cards.relations import which_card
from bot.chat.proving import find_faults
from bot.chat.rendering import Renderer
from bot.domain.countries import Country
from bot.domain.screens import CirclesScreen, RelationScreen, Screen, TreatyScreen, TurnsScreen
from bot.domain.statements import Source
from bot.domain.treaties import Treaty
from bot.knowledge.snapshot import Snapshot
from bot.services.relating import Which
from tests.chat.reading import labels_in, text_in

if TYPE_CHECKING:
    from discord import ui

    from bot.chat.layout import Scene
    from bot.domain.knowledge_base import KnowledgeBase

CODES = [f"X-{a}{b}" for a, b in product(ascii_uppercase[:8], ascii_uppercase[:10])]
"""Eighty codes, as many as one treaty may have parties."""

ONE, OTHER, OLD = CODES[0], CODES[1], "X-ZZ"
SOURCES = [f"s{number:02}-{'s' * 44}" for number in range(60)]
GROUND: dict[str, Any] = {
    "sources": SOURCES,
    "as_of": "2026-09-28",
    "confidence": "reported",
    "caveat": "c" * 300,
    "unknown_after": {"date": "2026-09-28", "what": "u" * 250},
    "review_by": "2026-09-28",
}
BACK = RelationScreen(ONE, OTHER, "2026-09-28").address()


def _long(text: str, limit: int) -> str:
    """Return `text` drawn out to `limit` characters."""
    return (text + " " + "n" * limit)[:limit]


def _countries() -> tuple[Country, ...]:
    past: dict[str, Any] = {"successors": CODES[:15], "periods": [{"from": "1815-09-28", "until": "1945-09-28"}]}
    there = {code: past if code == OLD else {"periods": [{"from": "1815-09-28"}]} for code in (*CODES, OLD)}
    named = (
        (code, {"name": _long(code, 60), "in_sentences": _long(f"the {code}", 60), "note": "n" * 300, **more})
        for code, more in there.items()
    )
    return tuple(Country.model_validate({"id": code, **GROUND, **values}) for code, values in named)


def _treaty(number: int, **changes: Any) -> Treaty:
    name = f"t{number:02}"
    pairs = [(ONE, OTHER), *((ONE, code) for code in CODES[2:11])]
    suspensions = [{"between": pair, "effect": "flag", "note": "r" * 200, "from": "1950-09-28"} for pair in pairs]
    values: dict[str, Any] = {
        "id": f"{name}-{'t' * 44}",
        "name": _long(name, 140),
        "short": _long(name, 50),
        "kind": "mutual-defence",
        "signed": "1950-09-28",
        "in_force": f"19{50 + number}-09-28",
        "article": "a" * 60,
        "obligation": "o" * 300,
        "contested": "d" * 300,
        "note": "n" * 500,
        "hub": ONE,
        "suspensions": suspensions,
        "parties": [{"country": code, "from": f"19{50 + number}-09-28", "note": f"{code}{'p' * 156}"} for code in CODES],
        **GROUND,
        **changes,
    }
    return Treaty.model_validate(values)


def _treaties(**changes: Any) -> tuple[Treaty, ...]:
    standing = [_treaty(number, **changes) for number in range(20)]
    ended = [_treaty(number, ended=f"20{number - 10:02}-09-28", **changes) for number in range(20, 30)]
    return (*standing, *ended)


def _fullest(knowledge: KnowledgeBase, **changes: Any) -> KnowledgeBase:
    """Return made-up countries, treaties and sources at every limit but for `changes`, each treaty named by sixty events and ten answers."""
    treaties = _treaties(**changes)
    named = {"treaties": tuple(treaty.id for treaty in treaties)}
    source = {"publisher": "p" * 60, "title": "t" * 160, "url": "https://example.org/".ljust(400, "u"), "rank": "primary", "opened": False}
    sources = [Source.model_validate({"id": i, "published": "2026-09-28", "language": "de", **source}) for i in SOURCES]
    return replace(
        knowledge,
        countries=_countries(),
        treaties=treaties,
        sources=(*knowledge.sources, *sources),
        events=tuple(event.model_copy(update={**named, "title": "e" * 90}) for event in knowledge.events[:60]),
        topics=tuple(topic.model_copy(update={**named, "pair": None}) for topic in knowledge.topics[:10]),
    )


@pytest.fixture
def full(scene: Scene) -> Scene:
    """The made-up knowledge, where nothing could be longer."""
    return replace(scene, snapshot=Snapshot.of(_fullest(scene.snapshot.knowledge)))


def _draw(scene: Scene, screen: Screen) -> ui.LayoutView:
    view = Renderer("1").draw(scene, screen)
    assert list(find_faults(view)) == []
    return view


@pytest.mark.parametrize("length", [300, 200, 100, 1])
@pytest.mark.parametrize("spared", [(), ("contested",), ("contested", "caveat"), ("contested", "caveat", "article", "suspensions")])
def test_the_fullest_relation_fits_and_counts_what_is_left_out(scene: Scene, spared: tuple[str, ...], length: int) -> None:
    """Twenty treaties between two states: some are told, the rest counted; what came before, the caution and the sources still stand there."""
    changes = {key: () if key == "suspensions" else None for key in spared} | {"obligation": "o" * length}
    full = replace(scene, snapshot=Snapshot.of(_fullest(scene.snapshot.knowledge, **changes)))
    text = text_in(_draw(full, RelationScreen(ONE, OTHER, "2026")))
    told = text.count("· mutual defence ·")
    assert told > 0
    assert f"and {20 - told} more, listed under the treaties below" in text
    before = text.partition("**Before**")[2].partition("A treaty answer")[0]
    assert f"and {10 - before.count('- t')} more" in before
    assert "-# A treaty answer as of 28 September 2026, not a forecast" in text
    listed = text.rpartition("**Sources**")[2]
    assert listed.endswith(f" and {60 - listed.count('](<')} more")


@pytest.mark.parametrize("back", ["", BACK])
def test_the_fullest_treaty_fits_and_counts_what_is_left_out(full: Scene, back: str) -> None:
    """Eighty parties with notes, ten remarks and sixty sources: the card fits, and says how many there are of what it does not show."""
    for treaty in full.snapshot.knowledge.treaties:
        text = text_in(_draw(full, TreatyScreen(treaty.id, back)))
        assert "**Parties** (80)" in text
        assert "**Sources**" in text
        assert all(line in text for line in full.phrases.ground(treaty, full.now))
        listed = text.rpartition("**Sources**")[2]
        assert f"and {60 - listed.count('](<')} more" in listed


def test_the_fullest_list_of_allies_fits(scene: Scene) -> None:
    """The pages of twenty treaties with eighty parties fit, name some allies and count the rest."""
    full = replace(scene, snapshot=Snapshot.of(_fullest(scene.snapshot.knowledge, suspensions=())))
    for page in (0, 9):
        view = _draw(full, CirclesScreen(ONE, "", page))
        assert "page " in text_in(view)
        assert " more." in text_in(view)
    assert labels_in(view)["Next"]


def test_the_fullest_history_fits(full: Scene) -> None:
    """A new treaty nearly every year: each page fits, and the last ends with what holds today."""
    views = [_draw(full, TurnsScreen(ONE, OTHER, page)) for page in range(5)]
    assert "**By 1815** · X-AA" in text_in(views[0])
    assert labels_in(views[-1])["Next"]
    assert "**28 September 2019** · Treaty allies: t00 " in text_in(views[-1])
    assert " and 16 more" in text_in(views[-1])


@pytest.mark.parametrize("screen", [RelationScreen(OLD, ONE), RelationScreen(CODES[40], OLD, "2026"), CirclesScreen(OLD, "2026-09-28")])
def test_the_fullest_absence_fits(full: Scene, screen: Screen) -> None:
    """A state that is gone, with as many successors as one may have, offers them all."""
    view = _draw(full, screen)
    assert "was no longer a state**" in text_in(view)


def test_the_longest_question_fits(full: Scene) -> None:
    """A name that may mean more pairs than a select holds is asked about within Discord's limits."""
    pairs = (
        (f"{a.name} – {b.name}", RelationScreen(a.id, b.id, "2026-09-28"))
        for a, b in product(full.snapshot.knowledge.countries[:5], repeat=2)
    )
    view = which_card(full, Which("*" * 100, is_known=True, screens=tuple(pairs)))
    assert list(find_faults(view)) == []
