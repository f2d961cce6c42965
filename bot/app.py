"""The composition root: builds everything once."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.chat.administering import Administration
from bot.chat.client import ALONE, DetenteClient
from bot.chat.connecting import CLOSE_SECONDS
from bot.chat.cooling import Cooling, Uses
from bot.chat.events import watch_guilds
from bot.chat.messenger import DiscordMessenger
from bot.chat.rendering import Renderer
from bot.chat.replying import Responder
from bot.knowledge.files import read_files
from bot.knowledge.snapshot import CurrentSnapshot
from bot.services.alerting import Alerting, Rhythm
from bot.services.pacing import EvenPacer
from bot.services.reloading import Reloading
from bot.services.sharing import Cadence, SharedClock, Sharing
from bot.services.subscribing import Subscribing
from bot.services.working import Worker, running
from bot.vetting import open_content, program_version

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from bot.domain.sharding import Sharding
    from bot.services.ending import Ending
    from bot.services.observing import Observer
    from bot.services.starting import Beginning
    from bot.services.supplying import Source
    from bot.store.store import Store


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


def open_knowledge(folder: Path, now: datetime) -> CurrentSnapshot:
    """Load and check the content of `folder`; raises ContentError with all problems. Warnings are logged."""
    return CurrentSnapshot(open_content(read_files(folder), now))


def build_client(
    knowledge: CurrentSnapshot,
    clock: Callable[[], datetime] = utc_now,
    subscribing: Subscribing | None = None,
    administration: Administration | None = None,
    sharding: Sharding = ALONE,
    uses: Uses | None = None,
) -> DetenteClient:
    """Return the client, not yet connected, answering from `knowledge` as of `clock()`.

    Without `subscribing` it knows no alerts, without `administration` no `/content`, without `uses` no limits.
    """
    responder = Responder(knowledge, Renderer(program_version()), clock)
    cooling = Cooling(uses, clock, administration.user_ids if administration else frozenset()) if uses else None
    return DetenteClient(responder, knowledge.current.knowledge.wording.commands, subscribing, administration, sharding, cooling)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much the bot takes on: subscriptions a server may have, messages it posts a second, how often its loops look.

    Without `uses` everybody may use it as often as they like.
    """

    subscriptions: int = 25
    sends_per_second: float = 40.0
    rhythm: Rhythm = field(default_factory=Rhythm)
    uses: Uses | None = None
    cadence: Cadence | None = None
    """How processes share `sends_per_second`; None where this one is alone in its world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """How the content may be changed while the bot runs: where it comes from, who may, and what it began with."""

    source: Source
    beginning: Beginning
    user_ids: AbstractSet[int] = frozenset()
    guild_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The bot, not yet connected, and what works beside it once `running` is entered."""

    client: DetenteClient
    alerting: Alerting
    reloading: Reloading | None
    knowledge: CurrentSnapshot
    followers: tuple[Worker, ...] = ()

    @contextlib.asynccontextmanager
    async def running(self, ending: Ending | None = None) -> AsyncIterator[None]:
        """Run the alerts, and follow the content that other processes put to use; they stop within what `ending` grants."""
        async with self.alerting.running(ending), running(self.followers, stop_seconds=CLOSE_SECONDS, ending=ending):
            yield

    def tell(self, observer: Observer) -> None:
        """Let `observer` be told what happens from now on."""
        self.client.observer = self.alerting.dispatcher.observer = observer

    @property
    def workers(self) -> tuple[Worker, ...]:
        """The loops that must be at work."""
        return (*self.alerting.workers, *self.followers)

    @property
    def is_well(self) -> bool:
        """Whether the gateway is open and every loop at work."""
        return self.client.is_connected and self.alerting.is_well


def build_bot(
    knowledge: CurrentSnapshot,
    store: Store,
    clock: Callable[[], datetime] = utc_now,
    load: Load | None = None,
    editing: Editing | None = None,
    sharding: Sharding = ALONE,
) -> Bot:
    """Return the bot over `store`; without `editing` its content stays as it is."""
    load = load or Load()

    def wake() -> None:
        # The loops are built last, from what the commands need; a command wakes them only once both are there.
        alerting.wake()

    subscribing = Subscribing(store, knowledge, clock, wake, load.subscriptions)
    reloading = administration = None
    if editing:
        began = editing.beginning
        reloading = Reloading(store, knowledge, editing.source, clock=clock, changed=wake, in_folder=began.version, warning=began.warning)
        administration = Administration(reloading, editing.user_ids, editing.guild_id)
    client = build_client(knowledge, clock, subscribing, administration, sharding, load.uses)
    messenger = DiscordMessenger(client, client.responder.scene)
    pacer = EvenPacer(load.sends_per_second)
    sharing = None
    if load.cadence:
        total = load.sends_per_second
        sharing = Sharing(store.processes, pacer, SharedClock(clock), total=total, shards=str(sharding), cadence=load.cadence)
    alerting = Alerting(store, knowledge, messenger, clock=clock, pacer=pacer, rhythm=load.rhythm, sharing=sharing)
    watch_guilds(client, alerting.watcher)
    followers = (Worker("follower", reloading.follow),) if reloading else ()
    return Bot(client=client, alerting=alerting, reloading=reloading, knowledge=knowledge, followers=followers)
