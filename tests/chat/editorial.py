"""Where the content is administered: a service that answers what the test puts in, and a server whose administrators see `/content`."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import discord
import simcord

from bot.app import build_client
from bot.chat.administering import Administration
from bot.demo import seams
from bot.domain.comparing import compare_contents
from bot.domain.editions import Action, Edition, Editor, Origin, Use, UseId, UseResult
from bot.domain.ledger import AlertKind
from bot.domain.schedules import OnDate
from bot.domain.subscriptions import UserId
from bot.services.foreseeing import ForeseenNotice, Impact
from bot.services.proposing import ContentStatus, Proposal
from bot.services.reloading import ANYTHING, Consent, Reloading
from tests.chat.reading import Person
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.chat.client import DetenteClient
    from bot.domain.comparing import ContentDiff
    from bot.domain.knowledge_base import KnowledgeBase
    from bot.knowledge.snapshot import CurrentSnapshot

OLD, NEW = "0123456789ab", "ba9876543210"


@dataclass(slots=True)
class Scripted(Reloading):
    """Changes nothing, remembers what it was asked, and answers what stands in `answer`; an exception there is raised."""

    answer: Any = None
    uses: tuple[Use, ...] = ()
    asked: list[tuple[str, Editor, str, bool]] = field(default_factory=list)

    async def _say(self, name: str, by: Editor, consent: Consent = ANYTHING) -> Any:
        self.asked.append((name, by, consent.version, consent.is_confirmed))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def look(self, by: Editor) -> ContentStatus:
        """Answer."""
        return await self._say("look", by)  # type: ignore[no-any-return]

    async def preview(self, by: Editor) -> Proposal:
        """Answer."""
        return await self._say("preview", by)  # type: ignore[no-any-return]

    async def reload(self, by: Editor, consent: Consent = ANYTHING) -> Proposal:
        """Answer."""
        return await self._say("reload", by, consent)  # type: ignore[no-any-return]

    async def preview_rollback(self, by: Editor) -> Proposal:
        """Answer."""
        return await self._say("preview_rollback", by)  # type: ignore[no-any-return]

    async def roll_back(self, by: Editor, consent: Consent = ANYTHING) -> Proposal:
        """Answer."""
        return await self._say("roll_back", by, consent)  # type: ignore[no-any-return]

    async def list_uses(self, by: Editor | None, offset: int, limit: int) -> tuple[tuple[Use, ...], int]:
        """Answer a part of `uses`."""
        await self._say("list_uses", by or Editor(Origin.COMMAND))
        return self.uses[offset : offset + limit], len(self.uses)


@dataclass(slots=True)
class Editorial:
    """A server where ann, named in the settings, may administer the content; bob is only an administrator of the server, cleo nothing."""

    env: simcord.Env
    bot: DetenteClient
    reloading: Reloading
    knowledge: CurrentSnapshot
    channel: simcord.ChannelHandle
    ann: Person
    bob: Person
    cleo: Person

    @property
    def scripted(self) -> Scripted:
        """The service as the script that it is."""
        assert isinstance(self.reloading, Scripted)
        return self.reloading

    async def restart(self) -> None:
        """Start the bot again."""
        administration = Administration(self.reloading, frozenset({self.ann.actor.id}), None)
        await self.env.restart_bot(build_client(self.knowledge, discord.utils.utcnow, None, administration))

    async def post(self, item: discord.ui.Item[Any]) -> discord.Message:
        """Let the bot post a message for everybody that holds `item`."""
        view = discord.ui.LayoutView(timeout=None)
        view.add_item(discord.ui.ActionRow(item))
        return await self.bot.get_partial_messageable(self.channel.id).send(view=view)


@asynccontextmanager
async def open_editorial(
    knowledge: CurrentSnapshot, reloading: Reloading | None = None, *, check_errors: bool = True
) -> AsyncIterator[Editorial]:
    """Start the bot in a new world."""
    seams.settle_fast()
    reloading = reloading or Scripted()
    bot = build_client(knowledge, discord.utils.utcnow)
    env = simcord.Env(bot, check_errors=check_errors)
    seams.set_clock(env, NOW)
    await env.start()
    guild = env.create_guild("Newsroom")
    channel = guild.create_text_channel("general")
    chiefs = guild.create_role("Chiefs", permissions=discord.Permissions(administrator=True))
    ann, bob = (Person(guild.add_member(env.create_user(name), roles=[chiefs]), channel) for name in ("ann", "bob"))
    cleo = Person(guild.add_member(env.create_user("cleo")), channel)
    opened = Editorial(env, bot, reloading, knowledge, channel, ann, bob, cleo)
    await opened.restart()
    yield opened
    await env.shutdown()
    if check_errors:
        env.raise_errors()


def moved(knowledge: KnowledgeBase, day: date) -> KnowledgeBase:
    """Return the knowledge with the first deadline that is a day moved to `day`."""
    first = next(d for d in knowledge.deadlines if isinstance(d.when, OnDate) and d.find_next(NOW))
    later = first.model_copy(update={"when": OnDate.model_validate({"date": day.isoformat()})})
    return replace(knowledge, version=NEW, deadlines=tuple(later if d is first else d for d in knowledge.deadlines))


def retitled(knowledge: KnowledgeBase, mark: str) -> KnowledgeBase:
    """Return the knowledge with `mark` before the title of every event."""
    events = tuple(event.model_copy(update={"title": f"{mark} {event.title}"}) for event in knowledge.events)
    return replace(knowledge, version=NEW, events=events)


def diff_of(knowledge: KnowledgeBase, new: KnowledgeBase | None = None) -> ContentDiff:
    """Return what `new`, by default a moved date, changes."""
    return compare_contents(knowledge, new or moved(knowledge, date(2027, 3, 4)), NOW)


def impact_of(diff: ContentDiff, messages: int) -> Impact:
    """Return an impact of one notice in so many messages."""
    change = diff.dates[0]
    assert change.old is not None
    notice = ForeseenNotice(kind=AlertKind.MOVED, deadline=change.deadline, old=change.old, new=change.new, messages=messages)
    return Impact(subscriptions=messages, servers=7, notices=(notice,))


def proposal_of(result: UseResult, **more: Any) -> Proposal:
    """Return a proposal to go from OLD to NEW."""
    return Proposal(**{"result": result, "version": NEW, "current": OLD, "limit": 100, **more})


def status_of(**more: Any) -> ContentStatus:
    """Return that OLD is in use and the folder holds NEW."""
    edition = Edition(
        id=UseId(1),
        version=OLD,
        since=datetime(2026, 11, 20, 9, tzinfo=UTC),
        by=Editor(Origin.COMMAND, UserId(42)),
        returns_to=NEW,
    )
    return ContentStatus(**{"edition": edition, "in_use": OLD, "in_folder": NEW, "is_watching": False, "failure": "", **more})


def use_of(number: int, **more: Any) -> Use:
    """Return a row of the audit trail."""
    known = {"at": NOW, "action": Action.RELOAD, "by": Editor(Origin.COMMAND, UserId(number)), "version": NEW, "result": UseResult.APPLIED}
    return Use(**{**known, **more})
