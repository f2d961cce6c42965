"""Every card of the real content: within Discord's limits, fully dynamic, and every control readable again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from discord import ui

from bot.app import build_client
from bot.chat.controls import CONTROLS, GoButton, GoSelect
from bot.chat.layout import Card, Scene
from bot.chat.proving import find_faults, list_misfits, list_screens
from bot.chat.rendering import Renderer
from bot.domain.screens import AboutScreen, AnswerScreen, read_address
from bot.services.answering import find_answer
from bot.services.browsing import MAX_ADDRESS
from bot.vetting import program_version

if TYPE_CHECKING:
    from bot.knowledge.snapshot import CurrentSnapshot

RENDERER = Renderer(program_version())


def test_every_card_fits(scene: Scene) -> None:
    """No card of the real content breaks a limit."""
    assert list(list_misfits(scene, RENDERER)) == []


def test_every_control_is_dynamic_and_parses_back(scene: Scene) -> None:
    """Cards hold DynamicItems only, never time out, and each address leads to a screen that can be drawn."""
    seen = 0
    for screen, _, _ in list_screens(scene):
        view = RENDERER.draw(scene, screen)
        assert view.timeout is None
        for item in view.walk_children():
            assert not (isinstance(item, ui.Button | ui.Select) and item.is_dispatchable()), f"{screen}: {item}"
            for address in _addresses(item):
                assert len(address) <= MAX_ADDRESS
                RENDERER.draw(scene, read_address(address))
                seen += 1
    assert seen > 1000


def _addresses(item: ui.Item[ui.LayoutView]) -> list[str]:
    if isinstance(item, GoButton):
        matches = [cls for cls in CONTROLS if cls.__discord_ui_compiled_template__.fullmatch(item.custom_id)]
        assert matches == [GoButton]
        match = GoButton.__discord_ui_compiled_template__.fullmatch(item.custom_id)
        assert match is not None
        return [match["address"]]
    return [option.value.rpartition(";")[0] for option in item.item.options] if isinstance(item, GoSelect) else []


def test_every_answer_is_found_by_its_title_id_and_aliases(scene: Scene) -> None:
    """What a menu, an autocomplete choice or an alias says leads exactly there."""
    for topic in scene.snapshot.knowledge.topics:
        for name in (topic.id, topic.title, topic.menu, *topic.aliases):
            found = find_answer(scene.snapshot, name)
            assert getattr(found, "screen", None) == AnswerScreen(topic.id), name
            assert not getattr(found, "is_guess", True)


def test_numbers_of_facts_lead_to_listed_sources(scene: Scene) -> None:
    """Each superscript on a card is the number of one of the answer's sources."""
    for topic in scene.snapshot.knowledge.topics:
        view = RENDERER.draw(scene, AnswerScreen(topic.id))
        text = "\n".join(item.content for item in view.walk_children() if isinstance(item, ui.TextDisplay))
        facts = text.split("**Key facts**")[1].split("**Sources**")[0]
        numbers = {int(n.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))) for n in re.findall("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", facts)}
        assert numbers <= set(range(1, len(topic.all_sources) + 1))
        assert numbers


@pytest.mark.parametrize(
    ("card", "complaint"),
    [
        (Card().text("x" * 4001), "has 4001 characters; Discord takes at most 4000"),
        (Card().text("   "), "has an empty text"),
        (Card().buttons(GoButton("about", label="x" * 81)), "has a button label of 81 characters; at most 80 fit"),
        (Card().buttons(GoButton("x" * 95, label="x")), "has a control id of 103 characters; at most 100 fit"),
        (Card().select("x", [("a", AnswerScreen("x" * 100))]), "has a select option whose address is longer than 100 characters"),
    ],
)
def test_faults_are_found(card: Card, complaint: str) -> None:
    """The proof notices whatever Discord would refuse."""
    assert list(find_faults(card.view())) == [complaint]


def test_a_card_that_cannot_be_drawn_is_a_misfit(scene: Scene) -> None:
    """A card with a 41st component, which discord.py refuses to build, is told like any other fault."""

    def overfull(*_: object) -> ui.LayoutView:
        card = Card()
        for _number in range(40):
            card.rule()
        return card.view()

    renderer = Renderer("1")
    renderer._cards[AboutScreen] = overfull
    assert [text for _, _, text in list_misfits(scene, renderer)] == [
        "the card 'about' cannot be drawn: maximum number of children exceeded (40)"
    ]


def test_equal_control_ids_are_found() -> None:
    """The proof notices two controls that Discord could not tell apart."""
    button = GoButton("about", 1, label="a")
    twin = GoButton("about", 1, label="b")
    assert list(find_faults(Card().buttons(button, twin).view())) == ["has two controls with the same id"]


def test_two_buttons_to_one_screen_stay_apart() -> None:
    """A card gives each control its own slot."""
    card = Card()
    card.buttons(card.button("a", AboutScreen()), card.button("b", AboutScreen()))
    assert list(find_faults(card.view())) == []


def test_every_command_says_what_it_does_and_works_everywhere(knowledge: CurrentSnapshot) -> None:
    """Each command and option has a description, and works in servers, direct messages and as a user-installed app."""
    tree = build_client(knowledge).tree
    commands = [command.to_dict(tree) for command in tree.walk_commands()]
    assert {command["name"] for command in commands} == {"allies", "timeline", "deadlines", "about"}
    for command in commands:
        assert set(command["integration_types"]) == {0, 1}
        assert set(command["contexts"]) == {0, 1, 2}
        for described in (command, *command["options"]):
            assert 10 < len(described["description"]) <= 100
