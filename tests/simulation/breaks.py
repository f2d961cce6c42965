"""The parts of the bot that a simulation may replace by broken ones, to see that the oracle notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from bot.domain.ledger import AlertKind
from bot.store.ledger import Ledger
from bot.store.plan import Plan, PlanOfContent
from bot.store.store import build_store
from tests.simulation.discord_world import World

if TYPE_CHECKING:
    from bot.domain.ledger import Claimed
    from bot.services.messaging import Messenger, Post
    from bot.store.database import Database
    from bot.store.store import Store


class Whole:
    """Nothing is broken; others are made of it."""

    def build_world(self) -> World:
        """Return the Discord to begin with."""
        return World()

    def build_store(self, database: Database) -> Store:
        """Return the store over an open database."""
        return build_store(database)

    def break_messenger(self, messenger: Messenger) -> Messenger:
        """Return the way to Discord."""
        return messenger


class ForgottenMessages(Whole):
    """Discord heeds no nonce, and its histories are empty: whoever tries again posts again."""

    def build_world(self) -> World:
        """Return a Discord without a memory."""
        return World(nonce_window=timedelta(0), is_blind=True)


class _ForgetfulPlan(Plan):
    async def under(self, version: str) -> PlanOfContent:
        stored = await super().under(version)
        return _ForgetfulPlanOfContent(self._database, stored.use_id)


class _ForgetfulPlanOfContent(PlanOfContent):
    async def fan_out(self, alert: Any, **options: Any) -> Any:
        return None if alert.lead == 1 else await super().fan_out(alert, **options)


class ForgottenAlert(Whole):
    """The alerts one day before are never fanned out."""

    def build_store(self, database: Database) -> Store:
        """Return a store with a plan that forgets them."""
        return replace(build_store(database), plan=_ForgetfulPlan(database))


class _DeafPlanOfContent(PlanOfContent):
    async def fan_out_notice(self, alert: Any, **_: Any) -> None:
        assert alert.kind is not AlertKind.ALERT


class _DeafPlan(Plan):
    async def under(self, version: str) -> PlanOfContent:
        stored = await super().under(version)
        return _DeafPlanOfContent(self._database, stored.use_id)


class UntoldChanges(Whole):
    """Nobody is told that a date has changed."""

    def build_store(self, database: Database) -> Store:
        """Return a store with a plan that keeps notices to itself."""
        return replace(build_store(database), plan=_DeafPlan(database))


class _GreedyLedger(Ledger):
    async def claim(self, worker: str, **options: Any) -> tuple[Claimed, ...]:
        return await super().claim(worker, **{**options, "now": options["now"] + timedelta(minutes=10)})


class IgnoredLeases(Whole):
    """What another process is sending is claimed at once."""

    def build_store(self, database: Database) -> Store:
        """Return a store whose claims heed no lease."""
        return replace(build_store(database), ledger=_GreedyLedger(database))


class _Eraser:
    """Passes everything on, and takes away from posts that they are late."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messenger, name)

    async def post(self, post: Post) -> int:
        return await self._messenger.post(replace(post, items=tuple(replace(item, due_at=None) for item in post.items)))


class UnmarkedDelay(Whole):
    """What comes late does not say so."""

    def break_messenger(self, messenger: Messenger) -> Messenger:
        """Return a way to Discord on which it is lost."""
        return cast("Messenger", _Eraser(messenger))


class _Misdirector(_Eraser):
    async def post(self, post: Post) -> int:
        channels = sorted(self._messenger._world.guilds[post.guild_id].channels)  # type: ignore[attr-defined]
        return await self._messenger.post(replace(post, channel_id=channels[0]))


class WrongChannel(Whole):
    """Everything goes to the first channel of a server."""

    def break_messenger(self, messenger: Messenger) -> Messenger:
        """Return a way to Discord that always ends there."""
        return cast("Messenger", _Misdirector(messenger))
