"""Every payload the bot sends, against Discord's own description of its API."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.chat.proving import list_screens
from bot.chat.rendering import Renderer
from bot.domain.screens import CirclesScreen, RelationScreen, TurnsScreen
from bot.errors import SameCountryError
from bot.vetting import program_version
from tests.chat.reading import options_of
from tests.chat.test_relation_cards import sample_pairs
from tests.openapi import find_description, find_violation

if TYPE_CHECKING:
    from bot.chat.layout import Scene
    from tests.chat.conftest import World

DESCRIPTION = find_description()
pytestmark = pytest.mark.skipif(DESCRIPTION is None, reason="Discord's OpenAPI file is not at hand (name it in DISCORD_OPENAPI)")


def _path() -> Path:
    assert DESCRIPTION is not None
    return DESCRIPTION


async def test_all_requests_of_a_visit_are_valid(world: World) -> None:
    """Commands, replies, edits, private copies, refusals and suggestions all have the shape Discord describes."""
    await _visit(world)
    sent = [request for request in world.env.http_requests if request.json is not None]
    assert len(sent) >= 12
    assert [v for r in sent if (v := find_violation(_path(), r.method, r.path, r.json))] == []


async def _visit(world: World) -> None:
    answer = await world.ann.slash("allies")
    await world.ann.pick(answer, options_of(answer)[1])
    await world.bob.click(answer, label="All sources")
    await world.ann.slash("allies", topic="zzz qqq")
    await world.ann.slash("timeline", **{"from": "1991-13"})
    page = await world.ann.slash("timeline", private=True)
    await world.ann.click(page, label="Next")
    await world.ann.slash("deadlines", all=True)
    await world.ann.slash("about")
    await world.ann.suggestions("allies", "topic", "new")
    await world.ann.suggestions("timeline", "tag", "")
    for option, typed in (("country", ""), ("country", "kor"), ("with", "россия")):
        await world.ann.suggestions("allies", option, typed)


async def test_all_requests_about_countries_are_valid(world: World) -> None:
    """Relations, absences, questions which country is meant, refusals, lists, treaties and histories have the shape Discord describes."""
    await _ask_about_countries(world)
    sent = [request for request in world.env.http_requests if request.json is not None]
    assert len(sent) >= 20
    assert [v for r in sent if (v := find_violation(_path(), r.method, r.path, r.json))] == []


async def _ask_about_countries(world: World) -> None:
    for options in (
        {"country": "Korea"},
        {"country": "Korea", "with": "Congo"},
        {"country": "Japn"},
        {"country": "Japan", "with": "Japan"},
        {"country": "Japan", "year": "1800"},
        {"country": "zzzzqqq"},
        {"country": "Ukraine", "year": "1970"},
        {"country": "Yugoslavia"},
        {"year": "1943"},
    ):
        await world.ann.slash("allies", **options)
    for label in ("Year by year", "Allies of Russia", "Allies of the United States", "Today"):
        await world.ann.click(await world.ann.slash("allies", country="Russia", year="1943"), label)
    answer = await world.ann.slash("allies", country="New Zealand", year="1990")
    treaty = await world.ann.pick(answer, options_of(answer)[0])
    await world.ann.click(treaty, "Back")
    await world.bob.click(answer, "Year by year")
    await world.ann.click(await world.ann.slash("allies", country="USA"), "Last")


def test_every_card_is_a_valid_message(scene: Scene) -> None:
    """Each card of the real content is a message that Discord's description accepts."""
    renderer = Renderer(program_version())
    found = []
    for screen, _, _ in list_screens(scene):
        components = renderer.draw(scene, screen).to_components()  # type: ignore[no-untyped-call]
        body: dict[str, Any] = {"type": 4, "data": {"flags": 1 << 15, "components": components}}
        found.append(find_violation(_path(), "POST", "/interactions/1/token/callback", body))
    assert len(found) > 300
    assert {violation for violation in found if violation} == set()


def test_every_sampled_relation_is_a_valid_message(scene: Scene) -> None:
    """Relations, histories and lists of allies on days of two centuries are messages that Discord's description accepts."""
    renderer, found = Renderer(program_version()), []
    for one, other, on in islice(sample_pairs(scene), 200):
        for screen in (CirclesScreen(one, on), RelationScreen(one, other, on), TurnsScreen(one, other)):
            with suppress(SameCountryError):
                components = renderer.draw(scene, screen).to_components()  # type: ignore[no-untyped-call]
                body: dict[str, Any] = {"type": 4, "data": {"flags": 1 << 15, "components": components}}
                found.append(find_violation(_path(), "POST", "/interactions/1/token/callback", body))
    assert len(found) > 550
    assert {violation for violation in found if violation} == set()


def test_a_wrong_payload_is_noticed() -> None:
    """The check itself can fail."""
    body = {"type": 4, "data": {"flags": 1 << 15, "components": [{"type": 2, "style": "loud"}]}}
    assert find_violation(_path(), "POST", "/interactions/1/token/callback", body) is not None
