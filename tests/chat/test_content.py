"""`/content`: what each page shows, what each button does, and what follows a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.chat.controls import GoButton
from bot.domain.content_screens import ReloadDeed
from bot.domain.editions import Action, Editor, Origin, UseResult
from bot.domain.subscriptions import UserId
from bot.errors import ContentError, NothingToReturnToError, StoreError
from bot.knowledge.problems import Location, Problem, Severity
from tests.chat.editorial import NEW, OLD, Editorial, diff_of, impact_of, open_editorial, proposal_of, retitled, status_of, use_of
from tests.chat.reading import labels_of, text_of
from tests.openapi import find_description, find_violation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.comparing import ContentDiff
    from bot.knowledge.snapshot import CurrentSnapshot
    from tests.chat.reading import Answer

WARNING = Problem(Location("content/topics/x.yaml", 3, 5), "the day to look again is past", Severity.WARNING)
ERRORS = tuple(Problem(Location(f"content/events/{n}.yaml", n, 9), f"an event needs a source ({n})") for n in range(1, 61))


@pytest.fixture
async def desk(knowledge: CurrentSnapshot) -> AsyncIterator[Editorial]:
    """A running bot whose content can be administered; every payload is held against Discord's description."""
    async with open_editorial(knowledge) as opened:
        yield opened
        if (description := find_description()) is not None:
            sent = [request for request in opened.env.http_requests if request.json is not None]
            assert [v for r in sent if (v := find_violation(description, r.method, r.path, _as_described(r.json)))] == []


@pytest.fixture
def diff(knowledge: CurrentSnapshot) -> ContentDiff:
    """A moved date."""
    return diff_of(knowledge.current.knowledge)


def _as_described(body: Any) -> Any:
    """Return a body with the numbers of its files as text: discord.py sends numbers, which Discord takes and its description forgets."""
    attachments = body.get("attachments") if isinstance(body, dict) else None
    return {**body, "attachments": [{**a, "id": str(a["id"])} for a in attachments]} if attachments else body


def _asked(desk: Editorial) -> list[tuple[str, str, bool]]:
    by = Editor(Origin.COMMAND, UserId(desk.ann.actor.id))
    assert {editor for _, editor, _, _ in desk.scripted.asked} <= {by}
    return [(name, version, confirmed) for name, _, version, confirmed in desk.scripted.asked]


async def _files(answer: Answer) -> dict[str, str]:
    message: Any = answer.message
    return {a.filename: (await a.read()).decode() for a in message.attachments}


async def test_status_says_what_is_in_use_and_what_the_folder_holds(desk: Editorial) -> None:
    """The card names both versions, since when, by whom, how, the way back and how many entries of each kind there are."""
    desk.scripted.answer = status_of()
    answer = await desk.ann.slash("content status")
    text = text_of(answer)
    assert answer.is_private
    assert f"**In use:** `{OLD}`" in text
    assert "Since <t:1795165200:F>; put to use by <@42>." in text
    assert f"another version, `{NEW}`" in text
    assert "waits for `/content reload`" in text
    knowledge = desk.knowledge.current.knowledge
    assert f"{len(knowledge.topics)} answers, {len(knowledge.events)} events" in text
    assert [labels_of(answer)[label].get("disabled", False) for label in ("Preview", "Roll back", "History")] == [False] * 3


@pytest.mark.parametrize(
    ("origin", "said"),
    [(Origin.SIGNAL, "by a signal"), (Origin.WATCH, "because the folder changed"), (Origin.START, "at a start")],
)
async def test_status_of_a_watched_folder_that_is_in_use(desk: Editorial, origin: Origin, said: str) -> None:
    """Where nothing waits and nothing is kept, the card says so, and there is no way back to press."""
    edition = status_of().edition
    assert edition is not None
    by_itself = type(edition)(id=edition.id, version=OLD, since=edition.since, by=Editor(origin), returns_to=None)
    desk.scripted.answer = status_of(edition=by_itself, in_folder=OLD, is_watching=True)
    answer = await desk.ann.slash("content status")
    assert said in text_of(answer)
    assert "holds the same" in text_of(answer)
    assert "is put to use by itself" in text_of(answer)
    assert "nothing is kept to go back to" in text_of(answer)
    assert labels_of(answer)["Roll back"]["disabled"]


async def test_status_says_what_is_in_the_way(desk: Editorial) -> None:
    """A process that lags behind says behind what, and why, without letting the reason format the card."""
    edition = status_of().edition
    assert edition is not None
    ahead = type(edition)(id=edition.id, version=NEW, since=edition.since, by=edition.by, returns_to=OLD)
    desk.scripted.answer = status_of(edition=ahead, failure="content/x.yaml:1:1: # no\n**bold** @everyone")
    text = text_of(await desk.ann.slash("content status"))
    assert f"every process shall use `{NEW}`" in text
    assert "content/x.yaml:1:1: # no \\*\\*bold\\*\\* @\u200beveryone" in text
    desk.scripted.answer = status_of(edition=None)
    assert "came with the start" in text_of(await desk.ann.slash("content status"))


async def test_a_preview_shows_what_would_change_and_reloads_exactly_that(desk: Editorial, diff: ContentDiff) -> None:
    """The preview tells the moved date and the messages; its button carries the version that was shown, and the page turns."""
    desk.scripted.answer = proposal_of(UseResult.SHOWN, diff=diff, impact=impact_of(diff, 3), problems=(WARNING,))
    shown = await desk.ann.slash("content preview")
    text = text_of(shown)
    assert shown.is_private
    assert f"`{OLD}` → `{NEW}`" in text
    assert "4 March 2027" in text
    assert "Nothing has been changed yet" in text
    assert "**Warnings:** 1." in text
    assert "content/topics/x.yaml:3:5: warning: the day to look again is past" in text
    desk.scripted.answer = proposal_of(UseResult.APPLIED, diff=diff, impact=impact_of(diff, 3))
    done = await desk.ann.click(shown, label="Reload")
    assert done.id == shown.id
    assert f"**In use now:** `{NEW}` instead of `{OLD}`" in text_of(done)
    assert _asked(desk) == [("preview", "", False), ("reload", NEW, False)]
    assert await _files(done) == {}


async def test_many_messages_are_confirmed_a_second_time(desk: Editorial, diff: ContentDiff) -> None:
    """Above the limit the preview says that it will ask, the reload asks with the figures, and only the red button goes ahead."""
    many = {"diff": diff, "impact": impact_of(diff, 250)}
    desk.scripted.answer = proposal_of(UseResult.SHOWN, **many)
    shown = await desk.ann.slash("content preview")
    assert "more messages than the limit of 100" in text_of(shown)
    desk.scripted.answer = proposal_of(UseResult.UNCONFIRMED, **many)
    asked = await desk.ann.click(shown, label="Reload")
    assert "up to 250; the limit is 100. Servers touched: 7." in text_of(asked)
    assert labels_of(asked)["Apply all the same"]["style"] == 4
    desk.scripted.answer = proposal_of(UseResult.APPLIED, **many)
    await desk.ann.click(asked, label="Apply all the same")
    assert _asked(desk) == [("preview", "", False), ("reload", NEW, False), ("reload", NEW, True)]


async def test_a_button_still_works_after_a_restart(desk: Editorial, diff: ContentDiff) -> None:
    """What was previewed before the bot was restarted is applied after it."""
    desk.scripted.answer = proposal_of(UseResult.SHOWN, diff=diff, impact=impact_of(diff, 0))
    shown = await desk.ann.slash("content preview")
    await desk.restart()
    desk.scripted.answer = proposal_of(UseResult.APPLIED, diff=diff, impact=impact_of(diff, 0))
    assert "In use now" in text_of(await desk.ann.click(shown, label="Reload"))
    assert _asked(desk)[-1] == ("reload", NEW, False)


async def test_a_folder_that_changed_since_the_preview_is_shown_anew(desk: Editorial, diff: ContentDiff) -> None:
    """Where the service shows instead of applying, the card says that nothing was changed and offers the new version."""
    desk.scripted.answer = proposal_of(UseResult.SHOWN, diff=diff, version="cafe00000000")
    shown = await desk.ann.click(await desk.post(GoButton(ReloadDeed(NEW).address(), label="Reload")), label="Reload")
    assert "the folder is no longer what you were shown" in text_of(shown)
    assert ":cafe00000000" in labels_of(shown)["Reload"]["custom_id"]


async def test_typed_reloads_and_what_came_of_them(desk: Editorial) -> None:
    """A typed reload names no version; the same content and a faster colleague are told, with a way on."""
    desk.scripted.answer = proposal_of(UseResult.UNCHANGED, version=OLD)
    same = await desk.ann.slash("content reload")
    assert f"the folder holds `{OLD}`, and that is in use" in text_of(same)
    desk.scripted.answer = proposal_of(UseResult.OVERTAKEN)
    late = await desk.ann.slash("content reload")
    assert "somebody else put another version to use" in text_of(late)
    assert set(labels_of(late)) == {"Preview", "Status", "History"}
    assert _asked(desk) == [("reload", "", False)] * 2


async def test_a_refused_reload_tells_the_problems(desk: Editorial) -> None:
    """The first problems stand on the card and all of them in a file; the content in use stays."""
    desk.scripted.answer = proposal_of(UseResult.REFUSED, problems=(WARNING, *ERRORS))
    answer = await desk.ann.slash("content reload")
    text = text_of(answer)
    assert f"`{NEW}` has 60 problems" in text
    assert f"The content in use, `{OLD}`, stays." in text
    assert "- content/events/1.yaml:1:9: an event needs a source (1)" in text
    assert "more; all are in `problems.txt`" in text
    whole = await _files(answer)
    assert whole["problems.txt"].splitlines() == [str(problem) for problem in (*ERRORS, WARNING)]
    desk.scripted.answer = proposal_of(UseResult.REFUSED, problems=ERRORS[:1])
    few = await desk.ann.click(answer, label="Preview")
    assert "has a problem" in text_of(few)
    assert await _files(few) == {}


async def test_a_long_problem_is_cut_on_the_card_and_whole_in_the_file(desk: Editorial) -> None:
    """One message longer than a line of the card can be is cut there, and the file has all of it."""
    long = Problem(Location("content/x.yaml"), "word " * 80)
    desk.scripted.answer = proposal_of(UseResult.REFUSED, problems=(long,))
    answer = await desk.ann.slash("content reload")
    assert "At full length" in text_of(answer)
    assert await _files(answer) == {"problems.txt": "content/x.yaml:1:1: " + " ".join(["word"] * 80) + "\n"}


async def test_changes_that_do_not_fit_come_as_a_file(desk: Editorial, knowledge: CurrentSnapshot) -> None:
    """Hundreds of changed entries are counted on the card and listed in a file; going on to another page takes the file away."""
    diff = diff_of(knowledge.current.knowledge, retitled(knowledge.current.knowledge, "Mended:"))
    desk.scripted.answer = proposal_of(UseResult.SHOWN, diff=diff, problems=(WARNING,) * 200)
    answer = await desk.ann.slash("content preview")
    files = await _files(answer)
    assert list(files) == ["changes.txt", "problems.txt"]
    assert all(event.title in files["changes.txt"] for event in knowledge.current.knowledge.events)
    desk.scripted.answer = status_of()
    status = await desk.ann.click(answer, label="Keep what is in use")
    assert await _files(status) == {}
    assert "**In use:**" in text_of(status)


async def test_files_that_discord_refuses_do_not_hide_what_was_done(desk: Editorial) -> None:
    """Where the upload fails, the card comes without its files."""
    desk.scripted.answer = proposal_of(UseResult.REFUSED, problems=ERRORS)
    desk.env.inject_error("PATCH", "/webhooks/*", status=413, code=40005)
    answer = await desk.ann.slash("content reload")
    assert "has 60 problems" in text_of(answer)
    assert await _files(answer) == {}


async def test_going_back_is_shown_asked_and_done(desk: Editorial, diff: ContentDiff) -> None:
    """The button on the status asks with what would change; the answer goes back to exactly that version and says what stays."""
    desk.scripted.answer = status_of()
    status = await desk.ann.slash("content status")
    desk.scripted.answer = proposal_of(UseResult.SHOWN, diff=diff, impact=impact_of(diff, 1))
    asked = await desk.ann.click(status, label="Roll back")
    assert "## Going back" in text_of(asked)
    desk.scripted.answer = proposal_of(UseResult.APPLIED, diff=diff, impact=impact_of(diff, 1))
    done = await desk.ann.click(asked, label=f"Go back to {NEW}")
    assert f"`{NEW}` is in use again instead of `{OLD}`" in text_of(done)
    assert "The files in the folder stay as they are" in text_of(done)
    assert _asked(desk) == [("look", "", False), ("preview_rollback", "", False), ("roll_back", NEW, False)]


async def test_a_typed_rollback_is_a_decision(desk: Editorial, diff: ContentDiff) -> None:
    """It goes back at once, asks a second time for many messages, and shows the way back anew where it has changed."""
    desk.scripted.answer = proposal_of(UseResult.UNCONFIRMED, diff=diff, impact=impact_of(diff, 101))
    asked = await desk.ann.slash("content rollback")
    desk.scripted.answer = proposal_of(UseResult.SHOWN, diff=diff)
    assert "the way back is no longer what you were shown" in text_of(await desk.ann.click(asked, label="Apply all the same"))
    assert _asked(desk) == [("roll_back", "", False), ("roll_back", NEW, True)]


async def test_there_may_be_nothing_to_go_back_to(desk: Editorial) -> None:
    """The first version ever has no way back, and a kept one that cannot be read any more says why."""
    desk.scripted.answer = NothingToReturnToError()
    answer = await desk.ann.slash("content rollback")
    assert "There is no earlier version" in text_of(answer)
    desk.scripted.answer = ContentError([Problem(Location("version x"), "this is no archive of content")])
    assert "- version x:1:1: this is no archive of content" in text_of(await desk.ann.slash("content rollback"))


async def test_the_history_is_paged_newest_first(desk: Editorial) -> None:
    """Rows say when, who, what, which version and what came of it; what editors typed is nothing but text there."""
    detail = "content/x.yaml:1:1: [free](https://example.org) <@1> # (1 in all)"
    by_itself = use_of(0, by=Editor(Origin.WATCH), action=Action.RELOAD, result=UseResult.REFUSED, detail=detail)
    desk.scripted.uses = (by_itself, use_of(1, version=None), *(use_of(n) for n in range(2, 12)))
    answer = await desk.ann.slash("content history")
    text = text_of(answer)
    assert "**Reload**, because the folder changed" in text
    assert f"`{NEW}` · refused; content/x.yaml:1:1: \\[free](https://example.org) \\<@1> # (1 in all)" in text
    assert "**Reload**, by <@1>\n-# no version · put to use" in text
    assert "Entries 1–5 of 12" in text
    last = await desk.ann.click(answer, label="Last")
    assert last.id == answer.id
    assert "by <@11>" in text_of(last)
    assert "by <@11>" in text_of(await desk.ann.slash("content history", page=99))
    desk.scripted.uses = ()
    assert "Nothing yet." in text_of(await desk.ann.slash("content history"))


async def test_a_database_that_fails_is_told(knowledge: CurrentSnapshot) -> None:
    """Whatever page is asked for, a store that cannot be used is answered with an apology and an id."""
    async with open_editorial(knowledge, check_errors=False) as desk:
        desk.scripted.answer = StoreError("locked")
        for command in ("status", "preview", "reload", "rollback", "history"):
            answer = await desk.ann.slash(f"content {command}")
            assert answer.is_private
            assert "The database is busy or cannot be used" in text_of(answer)


@pytest.mark.parametrize("address", ["do-reload", "do-rollback", "content-uses:x", "do-reload:a:x"])
async def test_a_bad_address_leads_nowhere(desk: Editorial, address: str) -> None:
    """A control whose address is broken is told as old, and nothing is done."""
    posted = await desk.post(GoButton(address, label="old"))
    assert "leads nowhere now" in text_of(await desk.ann.click(posted, label="old"))
    assert _asked(desk) == []


@pytest.mark.parametrize("page", ["-3", "99999999999999999999"])
async def test_a_page_beyond_either_end_shows_the_nearest(desk: Editorial, page: str) -> None:
    """A page number of any size is answered with a page that is there."""
    desk.scripted.uses = tuple(use_of(n) for n in range(1, 7))
    posted = await desk.post(GoButton(f"content-uses:{page}", label="far"))
    shown = text_of(await desk.ann.click(posted, label="far"))
    assert ("by <@6>" if page[0] == "9" else "by <@1>") in shown
