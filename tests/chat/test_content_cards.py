"""Cards of the content at their worst: within Discord's limits, fully dynamic, and nothing an editor typed gets out of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.administering import _WORK
from bot.chat.cards.content_status import status_sheet, uses_sheet
from bot.chat.cards.contents import broken_sheet, inert, news_of_proposal, news_of_start, proposal_sheet, stopped_sheet, working_sheet
from bot.chat.controls import GoButton
from bot.chat.layout import Card, Scene
from bot.chat.proving import find_faults
from bot.chat.sheets import MAX_FILE, Sheet
from bot.domain.content_screens import ContentScreen, UsesScreen
from bot.domain.editions import UseResult
from bot.domain.screens import Screen, read_address
from bot.knowledge.problems import Location, Problem, Severity
from bot.services.browsing import MAX_ADDRESS, Page
from bot.services.foreseeing import Impact
from bot.services.phrasing import Phrases
from bot.services.starting import Beginning
from tests.chat.editorial import NEW, diff_of, impact_of, moved, proposal_of, retitled, status_of, use_of
from tests.conftest import NOW
from tests.openapi import find_description, find_violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.knowledge.snapshot import CurrentSnapshot

UGLY = "*" * 390
PROBLEMS = tuple(Problem(Location("content/" + "_" * 200, n), UGLY) for n in range(1, 201))
WARNINGS = tuple(Problem(p.location, p.message, Severity.WARNING) for p in PROBLEMS)


@pytest.fixture(scope="module")
def sheets(knowledge: CurrentSnapshot) -> list[Sheet]:
    """Every sheet there is of the real content."""
    return list(_sheets(Scene(knowledge.current, Phrases(knowledge.current.knowledge.wording), NOW)))


def _sheets(scene: Scene) -> Iterator[Sheet]:
    """Yield every sheet in every state, with as much on it as there can be."""
    knowledge = scene.snapshot.knowledge
    both = moved(retitled(knowledge, UGLY), date(2027, 3, 4))
    diffs = {None: None, "small": diff_of(knowledge), "large": diff_of(knowledge, both)}
    for diff in diffs.values():
        impacts = (None, impact_of(diff, 12345)) if diff else (None,)
        for impact in impacts:
            for problems in ((), WARNINGS, PROBLEMS):
                for result in UseResult:
                    proposal = proposal_of(result, diff=diff, impact=impact, problems=problems, limit=10)
                    for back, stale in ((False, True), (True, False)):
                        yield proposal_sheet(scene, proposal, goes_back=back, is_stale=stale)
                    yield from filter(None, [news_of_proposal(scene, proposal)])
    yield from (status_sheet(scene, status_of(failure=UGLY * 9)), status_sheet(scene, status_of(edition=None)))
    uses = tuple(use_of(n, detail=UGLY) for n in range(1, 6))
    yield from (uses_sheet(scene, UsesScreen(1), Page(uses, 1, 3, 11)), uses_sheet(scene, UsesScreen(), Page((), 0, 1, 0)))
    yield from (broken_sheet(scene, PROBLEMS), working_sheet(scene), stopped_sheet(scene))
    yield from filter(None, [news_of_start(scene, beginning) for beginning in _beginnings(scene)])


def _beginnings(scene: Scene) -> Iterator[Beginning]:
    for result in UseResult:
        yield Beginning(snapshot=scene.snapshot, result=result, version=NEW, problems=PROBLEMS, messages=500, is_news=True)


def test_every_sheet_fits_and_every_control_leads_somewhere(sheets: list[Sheet]) -> None:
    """No sheet breaks a limit of Discord, each shows the files it brings along, and each button leads to work that there is."""
    seen = 0
    for sheet in sheets:
        assert list(find_faults(sheet.view)) == []
        assert sheet.view.timeout is None
        shown = [item.media.url for item in sheet.view.walk_children() if isinstance(item, ui.File)]
        assert shown == [f"attachment://{name}" for name, _ in sheet.files]
        for item in sheet.view.walk_children():
            assert not (isinstance(item, ui.Button | ui.Select) and item.is_dispatchable()), item
            if isinstance(item, GoButton):
                assert len(item.address) <= MAX_ADDRESS
                assert type(read_address(item.address)) in _WORK
                seen += 1
    assert seen > 500


@pytest.mark.skipif(find_description() is None, reason="Discord's OpenAPI file is not at hand (name it in DISCORD_OPENAPI)")
def test_every_sheet_is_a_valid_message(sheets: list[Sheet]) -> None:
    """Each sheet is a message that Discord's description accepts."""
    description = find_description()
    assert description is not None
    found = set()
    for sheet in sheets:
        components = sheet.view.to_components()  # type: ignore[no-untyped-call]
        files = [{"id": str(number), "filename": name} for number, (name, _) in enumerate(sheet.files)]
        body: dict[str, Any] = {"type": 4, "data": {"flags": 1 << 15, "components": components, "attachments": files}}
        found.add(find_violation(description, "POST", "/interactions/1/token/callback", body))
    assert found == {None}


def test_every_page_and_deed_is_worked_on() -> None:
    """There is nothing an address can name that the desk does not know."""
    assert set(_WORK) == {cls for cls in Screen.known.values() if issubclass(cls, ContentScreen)}


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("[free](https://example.org)", "\\[free](https://example.org)"),
        ("## Heading\n> quote", "\\## Heading > quote"),
        ("-# small", "\\-# small"),
        ("[one](https://example.org) [two](https://example.com)", "\\[one](https://example.org) \\[two](https://example.com)"),
        ("```py\nprint()```", "\\`\\`\\`py print()\\`\\`\\`"),
        ("https://example.org/`x`*y*", "https://example.org/\\`x\\`\\*y\\*"),
        ("@everyone <@12345678901234567>", "@\u200beveryone \\<@\u200b12345678901234567>"),
        ("a\u202eb\x1b[31m", "a�b�\\[31m"),
        ("plain words, 1.5 %", "plain words, 1.5 %"),
    ],
)
def test_what_editors_typed_is_nothing_but_text(typed: str, shown: str) -> None:
    """Links in disguise, headings, code, mentions and characters nobody sees lose their effect; plain words stay as they are."""
    assert inert(typed) == shown


@given(st.text())
def test_what_editors_typed_stays_on_its_line(typed: str) -> None:
    """Whatever is typed, it takes one line of visible characters."""
    assert inert(typed).replace("\u200b", "").isprintable()


def test_an_overlong_file_is_cut_at_a_line() -> None:
    """A file larger than Discord takes ends after a whole line, and says that there was more."""
    lines = "é line\n" * (MAX_FILE // 6)
    [file] = Sheet.of(Card().text("x"), {"a.txt": lines}).attachments()
    raw = file.fp.read()
    assert len(raw) <= MAX_FILE + 5
    assert raw.decode().endswith("é line\n…\n")
    assert Sheet(ui.LayoutView(), (("a.txt", "\ud800é"),)).attachments()[0].fp.read() == b"\\ud800\xc3\xa9"


def test_news_are_told_once_and_only_bad_ones(scene: Scene) -> None:
    """A start or a change that went well is no news, nor is the same broken folder at the next start."""
    for beginning in _beginnings(scene):
        is_bad = beginning.result in {UseResult.KEPT_EARLIER, UseResult.UNCONFIRMED}
        assert (news_of_start(scene, beginning) is not None) is is_bad
        told_before = Beginning(snapshot=beginning.snapshot, result=beginning.result, version=NEW, problems=PROBLEMS)
        assert news_of_start(scene, told_before) is None
    for result in UseResult:
        is_bad = result in {UseResult.REFUSED, UseResult.UNCONFIRMED}
        assert (news_of_proposal(scene, proposal_of(result, impact=Impact(), problems=PROBLEMS[:1])) is not None) is is_bad


def test_news_say_what_is_in_use_and_what_is_wrong(scene: Scene) -> None:
    """The news of a start name the version in use and the first problems, and of a change that waits the number of messages."""
    text = _read(news_of_start(scene, next(b for b in _beginnings(scene) if b.result is UseResult.KEPT_EARLIER)))
    assert f"the last good version, `{scene.snapshot.knowledge.version}`" in text
    assert "- content/" in text
    waiting = _read(news_of_start(scene, next(b for b in _beginnings(scene) if b.result is UseResult.UNCONFIRMED)))
    assert f"Version `{NEW}` in the folder would post more messages than the limit allows (up to 500)" in waiting


def _read(sheet: Sheet | None) -> str:
    assert sheet is not None
    return "\n".join(item.content for item in sheet.view.walk_children() if isinstance(item, ui.TextDisplay))
