"""Cards of a change of the content: what it would do, what came of it, and what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.chat.layout import Card, Scene, as_text, small
from bot.chat.sheets import Sheet
from bot.domain.content_screens import AskRollbackScreen, PreviewScreen, ReloadDeed, RollbackDeed, StatusScreen, UsesScreen
from bot.domain.editions import UseResult
from bot.knowledge.problems import Severity, list_errors
from bot.services.describing import describe, describe_fully

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.chat.controls import GoButton
    from bot.services.proposing import Proposal
    from bot.services.starting import Beginning

CHANGES = "changes.txt"
PROBLEMS = "problems.txt"
BLUE, GREEN, AMBER, RED = (discord.Colour(value) for value in (0x5B7C99, 0x3A8F5C, 0xC98A2B, 0xA8434A))

_COLOURS = {UseResult.APPLIED: GREEN, UseResult.UNCONFIRMED: AMBER, UseResult.OVERTAKEN: AMBER, UseResult.REFUSED: RED}
_PROBLEM_LENGTH = 300
_ROOM_FOR_CHANGES = 2_000  # some thirty lines: longer lists read better in a file
_ROOM_FOR_WARNINGS = 1_000
_ROOM_FOR_ERRORS = 2_800
_SPARE = 100


def inert(text: str) -> str:
    """Return what an editor typed on one line and so that it is nothing but text: no markup, no mention, no sign that is not seen."""
    seen = "".join(sign if sign.isprintable() else "�" for sign in " ".join(text.split()))
    return as_text(seen)


def proposal_sheet(scene: Scene, proposal: Proposal, *, goes_back: bool = False, is_stale: bool = False) -> Sheet:
    """Return what a change would do, or what came of it; `is_stale` where this is shown instead of doing what a button said."""
    card = Card(_COLOURS.get(proposal.result, BLUE)).text(*_heading(scene, proposal, goes_back=goes_back, is_stale=is_stale))
    is_refused = proposal.result is UseResult.REFUSED
    errors = list_errors(proposal.problems)
    warnings = [problem for problem in proposal.problems if problem.severity is Severity.WARNING]
    told, files = _problems(scene, [*errors, *warnings], _ROOM_FOR_ERRORS if is_refused else _ROOM_FOR_WARNINGS)
    heading = scene.phrases.words.content_cards.warnings.format(count=len(warnings)) if warnings and not is_refused else ""
    if proposal.diff is not None:
        room = min(card.text_left() - len(heading) - len(told) - _SPARE, _ROOM_FOR_CHANGES)
        changes, more = _changes(scene, proposal, room)
        card.text(changes)
        files = {**more, **files}
    card.text(heading, told)
    return Sheet.of(card.buttons(*_buttons(card, scene, proposal, goes_back=goes_back)), files)


def broken_sheet(scene: Scene, problems: Sequence[object]) -> Sheet:
    """Return why content that was in use before cannot be read any more."""
    words = scene.phrases.words.content_cards
    told, files = _problems(scene, problems, _ROOM_FOR_ERRORS)
    card = Card(RED).text(words.refused.format(version=scene.snapshot.knowledge.version)).text(told)
    return Sheet.of(card.buttons(card.button(words.status, StatusScreen())), files)


def working_sheet(scene: Scene) -> Sheet:
    """Return what stands on a page while a whole content is being checked."""
    return Sheet.of(Card(BLUE).text(scene.phrases.words.content_cards.working))


def stopped_sheet(scene: Scene) -> Sheet:
    """Return what stands on a page whose work failed, with the way on."""
    words, card = scene.phrases.words.content_cards, Card(AMBER)
    return Sheet.of(card.text(words.stopped).buttons(card.button(words.status, StatusScreen())))


def refused_news(scene: Scene, version: str, problems: Sequence[object]) -> Sheet:
    """Return the news that the folder's content, `version`, was not put to use because of `problems`."""
    told, files = _problems(scene, problems, _ROOM_FOR_ERRORS)
    words = scene.phrases.words.content_cards
    return Sheet.of(Card(RED).text(words.change_refused.format(version=version, problems=told)), files)


def unconfirmed_news(scene: Scene, version: str, messages: int) -> Sheet:
    """Return the news that the folder's content, `version`, waits for somebody to agree to so many `messages`."""
    words = scene.phrases.words.content_cards
    return Sheet.of(Card(AMBER).text(words.change_unconfirmed.format(version=version, messages=messages)))


def news_of_start(scene: Scene, beginning: Beginning) -> Sheet | None:
    """Return what administrators should hear about a start; None where it went well, or the same was told before."""
    words, in_use = scene.phrases.words.content_cards, beginning.snapshot.knowledge.version
    if not beginning.is_news:
        return None
    if beginning.result is UseResult.UNCONFIRMED:
        return unconfirmed_news(scene, beginning.version, beginning.messages)
    if beginning.result is not UseResult.KEPT_EARLIER:
        return None
    told, files = _problems(scene, beginning.problems, _ROOM_FOR_ERRORS)
    return Sheet.of(Card(RED).text(words.started_with_earlier.format(version=in_use, problems=told)), files)


def news_of_proposal(scene: Scene, proposal: Proposal) -> Sheet | None:
    """Return what administrators should hear about a change that nobody asked for with a command; None where it went well."""
    if proposal.result is UseResult.UNCONFIRMED:
        return unconfirmed_news(scene, proposal.version, proposal.impact.messages if proposal.impact else 0)
    return refused_news(scene, proposal.version, proposal.problems) if proposal.result is UseResult.REFUSED else None


def _heading(scene: Scene, proposal: Proposal, *, goes_back: bool, is_stale: bool) -> tuple[str | None, ...]:
    words, old, new = scene.phrases.words.content_cards, proposal.current, proposal.version
    title = (words.rollback_title if goes_back else words.preview_title).format(old=old, new=new)
    stale = words.way_back_changed if goes_back else words.folder_changed
    if proposal.result is UseResult.REFUSED:
        count = len(list_errors(proposal.problems))
        refused = words.refused_title_one if count == 1 else words.refused_title
        return (stale if is_stale else None, refused.format(version=new, count=count), words.refused.format(version=old))
    if proposal.result is UseResult.UNCONFIRMED:
        messages, servers = (proposal.impact.messages, proposal.impact.servers) if proposal.impact else (0, 0)
        return (title, words.unconfirmed.format(messages=messages, servers=servers, limit=proposal.limit))
    if proposal.result is UseResult.APPLIED:
        done = (words.rolled_back if goes_back else words.applied).format(old=old, new=new)
        return (done, words.files_untouched if goes_back else None)
    if proposal.result is UseResult.SHOWN:
        asks_again = proposal.impact is not None and proposal.impact.messages > proposal.limit
        return (title, stale if is_stale else words.nothing_yet, words.over_limit.format(limit=proposal.limit) if asks_again else None)
    return (words.overtaken if proposal.result is UseResult.OVERTAKEN else words.unchanged.format(version=new),)


def _buttons(card: Card, scene: Scene, proposal: Proposal, *, goes_back: bool) -> tuple[GoButton | None, ...]:
    words, version = scene.phrases.words.content_cards, proposal.version
    again = card.button(words.roll_back, AskRollbackScreen()) if goes_back else card.button(words.preview, PreviewScreen())
    status, keep = (card.button(label, StatusScreen()) for label in (words.status, words.keep))
    if proposal.result is UseResult.SHOWN:
        label = words.go_back_to.format(version=version) if goes_back else words.reload
        return (card.button(label, _deed(proposal, goes_back=goes_back), primary=True), keep, card.button(words.history, UsesScreen()))
    if proposal.result is UseResult.UNCONFIRMED:
        return (card.button(words.confirm, _deed(proposal, goes_back=goes_back, is_confirmed=True), danger=True), keep)
    if proposal.result is UseResult.APPLIED:
        return (status, card.button(words.roll_back, AskRollbackScreen()), card.button(words.history, UsesScreen()))
    return (again, status, card.button(words.history, UsesScreen()))


def _deed(proposal: Proposal, *, goes_back: bool, is_confirmed: bool = False) -> ReloadDeed | RollbackDeed:
    return (RollbackDeed if goes_back else ReloadDeed)(proposal.version, is_confirmed, proposal.current)


def _changes(scene: Scene, proposal: Proposal, room: int) -> tuple[str, dict[str, str]]:
    """Return the changes in words as far as they fit, and the file that holds all of them where they do not."""
    words = scene.phrases.words.content_cards
    if proposal.diff is None:
        return (words.nothing_to_compare if proposal.impact else ""), {}
    hint = small(words.all_changes)
    told, is_complete = describe(proposal.diff, proposal.impact, scene.phrases, room - len(hint) - 1, inert)
    if is_complete:
        return told, {}
    return f"{told}\n{hint}", {CHANGES: describe_fully(proposal.diff, proposal.impact, scene.phrases)}


def _problems(scene: Scene, problems: Sequence[object], room: int) -> tuple[str, dict[str, str]]:
    """Return the first problems, as many as fit, and the file that holds all of them where they do not."""
    words = scene.phrases.words.content_cards
    whole = [" ".join(str(problem).split()) for problem in problems]
    lines: list[str] = []
    for text in whole:
        line = words.problem.format(text=inert(text[:_PROBLEM_LENGTH]))
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    if len(lines) == len(whole) and all(len(text) <= _PROBLEM_LENGTH for text in whole):
        return "\n".join(lines), {}
    return "\n".join([*lines, small(_rest(scene, len(whole) - len(lines)))]), {PROBLEMS: "".join(f"{text}\n" for text in whole)}


def _rest(scene: Scene, count: int) -> str:
    words = scene.phrases.words.content_cards
    return words.more_problems.format(count=count) if count else words.all_problems
