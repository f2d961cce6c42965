"""What the services need of the chat, and what they hand it: posts made of facts, which the chat turns into cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.domain.entries import Deadline
    from bot.domain.ledger import AlertKind, Claimed, MessageId
    from bot.domain.schedules import Occurrence
    from bot.domain.sharding import Sharding
    from bot.domain.subscriptions import ChannelId, GuildId, Obstacle, RoleId, Subscription, SubscriptionId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One alert or notice within a post.

    `due_at` is set where it comes late; `previous` is the date that was told, where it is another by now.
    """

    kind: AlertKind
    deadline: Deadline
    occurrence: Occurrence
    due_at: datetime | None = None
    previous: Occurrence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message to one channel: each item once, though several subscriptions asked for it."""

    message_id: MessageId
    guild_id: GuildId
    channel_id: ChannelId
    items: tuple[Item, ...]
    subscriptions: tuple[Subscription, ...]

    @property
    def role_ids(self) -> tuple[RoleId, ...]:
        """The roles to mention, each once."""
        return tuple(dict.fromkeys(s.order.role_id for s in self.subscriptions if s.order.role_id is not None))

    @property
    def publish(self) -> bool:
        """Whether it is to be published to the servers that follow the channel."""
        return any(s.order.publish for s in self.subscriptions)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days are counted: that of the first subscription."""
        return self.subscriptions[0].wish.timing.zone_info

    @property
    def notes(self) -> tuple[str, ...]:
        """The subscriptions' own lines, each once."""
        return tuple(dict.fromkeys(s.order.note for s in self.subscriptions if s.order.note))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The news that a subscription is suspended, for a channel or, where there is none, for the person who made it."""

    message_id: MessageId
    guild_id: GuildId
    channel_id: ChannelId | None
    recipient_id: UserId | None
    subscription: Subscription


class UndeliverableError(Exception):
    """A channel will not take the message until somebody changes something; this try posted nothing."""

    def __init__(self, obstacle: Obstacle, subscription_ids: tuple[SubscriptionId, ...] = (), reason: str = "") -> None:
        """Keep what stands in the way, of which subscriptions (none named: all of the message), and Discord's own words."""
        self.obstacle = obstacle
        self.subscription_ids = subscription_ids
        self.reason = reason
        self.may_be_posted = False
        """Whether an earlier try may have posted the message; set where it could not be looked for."""
        super().__init__(f"{obstacle} {reason}".strip())


class Messenger(Protocol):
    """Posts and looks things up on Discord. What fails in passing is raised as DeliveryError."""

    def is_ready(self) -> bool:
        """Whether the gateway is open, so that the servers are known."""

    def list_guilds(self) -> frozenset[GuildId]:
        """Return the servers the bot is in, those in an outage included."""

    def find_heard(self) -> Sharding | None:
        """Return the part of the gateway that is heard now: a server of it that `list_guilds` lacks has removed the bot. None: nothing."""

    def find_time(self) -> datetime | None:
        """Return the time (aware UTC) by which posts are dated there, whatever this machine's clock shows; None where it is not known."""

    def is_reachable(self, guild_id: GuildId) -> bool:
        """Whether the server is there and not in an outage, as far as this process would know."""

    def find_obstacle(self, guild_id: GuildId, channel_id: ChannelId, role_id: RoleId | None) -> Obstacle | None:
        """Return what would keep a message from the channel, as far as is known without asking Discord, or None."""

    async def post(self, post: Post) -> int:
        """Post and return Discord's id; raises DeliveryError or UndeliverableError."""

    async def publish(self, channel_id: ChannelId, posted_id: int) -> None:
        """Publish a posted message to the servers that follow the channel; raises as `post` does."""

    async def find_posted(self, claimed: Claimed, since: datetime) -> int | None:
        """Return the id of the message that carries the claimed one's id and came after `since`, or None; raises as `post` does.

        `since` is told as by `find_time`.
        """

    async def report(self, report: Report) -> int:
        """Post a report and return Discord's id; raises DeliveryError or UndeliverableError."""


class Pacer(Protocol):
    """Gives out turns to send."""

    @property
    def rate(self) -> float:
        """How many turns a second there are now; 0 where none are given."""

    async def turn(self) -> None:
        """Wait for the next turn."""
