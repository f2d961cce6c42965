"""What the store's tests are made of."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.domain.editions import Action, Editor, Origin, Use, UseResult
from bot.domain.ledger import Alert, AlertKind, DeliveryState, Outcome, Settled
from bot.domain.subscriptions import EVERYTHING, ChannelId, GuildId, Order, Timing, UserId, Wish
from bot.store.rows import to_seconds, wish_values
from bot.store.tables import deliveries, guilds, subscriptions, wishes

if TYPE_CHECKING:
    from bot.domain.ledger import Claimed
    from bot.domain.subscriptions import Obstacle, Subscription, SubscriptionId, WishId
    from bot.store.database import Database
    from bot.store.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
LEASE = timedelta(minutes=2)
GUILD = GuildId(2**60)
OTHER_GUILD = GuildId(2**60 + 1)
MANAGER = UserId(2**59 + 7)
NINE = Timing(time(9), "Europe/Brussels")
WISH = Wish(EVERYTHING, None, NINE)
ALERT = Alert(kind=AlertKind.ALERT, deadline="expiry", occurrence="2026-12-01", lead=7)


def order(channel: int = 1, **changes: Any) -> Order:
    """Return an order for a channel, otherwise plain."""
    return Order(**{"channel_id": ChannelId(2**61 + channel), "selector": EVERYTHING, **changes})


async def subscribe(store: Store, channel: int = 1, guild: GuildId = GUILD, **changes: Any) -> Subscription:
    """Subscribe a channel to all, by the server's own timing."""
    wanted = order(channel, **changes)
    return await store.subscriptions.add(guild, wanted, Wish(wanted.selector, wanted.leads, NINE), MANAGER, NOW, 1_000)


async def fill(database: Database, store: Store, count: int, per_guild: int = 4) -> None:
    """Subscribe `count` channels to all, in one transaction, by the server's own timing."""
    first = (await subscribe(store)).wish
    wish_id, made_at = await find_wish_id(database, first), to_seconds(NOW)
    fixed = {"wish_id": wish_id, "own_zone": False, "own_minute": False, "publish": False, "created_by": MANAGER, "created_at": made_at}
    rows = [{**fixed, "guild_id": GUILD + 1 + n // per_guild, "channel_id": 2**62 + n, "status": 0, "strikes": 0} for n in range(count - 1)]
    async with database.writing() as connection:
        await connection.execute(guilds.insert(), [{"id": i, "created_at": made_at} for i in sorted({row["guild_id"] for row in rows})])
        await connection.execute(subscriptions.insert(), rows)


async def find_wish_id(database: Database, wish: Wish = WISH) -> WishId:
    """Return the id under which a wish is kept."""
    async with database.reading() as connection:
        return (await connection.execute(select(wishes.c.id).filter_by(**wish_values(wish)))).scalar_one()  # type: ignore[no-any-return]


async def fan_out(database: Database, store: Store, alert: Alert = ALERT, **changes: Any) -> None:
    """Fan `alert` out to all who wish for everything."""
    wish_id = changes.pop("wish_id", None) or await find_wish_id(database)
    terms = {"expires_at": LATER, "wish_id": wish_id, "due_at": NOW, "now": NOW, **changes}
    assert await store.plan.fan_out(alert, **terms) is None


async def claim(
    store: Store, worker: str = "me", now: datetime = NOW, limit: int = 100, after: SubscriptionId | None = None
) -> tuple[Claimed, ...]:
    """Claim as a dispatcher does."""
    return await store.ledger.claim(worker, now=now, lease=LEASE, limit=limit, after=after)


def use(version: str, action: Action = Action.RELOAD, result: UseResult = UseResult.APPLIED, at: datetime = NOW, **changes: Any) -> Use:
    """Return what a manager did with a content."""
    return Use(**{"at": at, "action": action, "by": Editor(Origin.COMMAND, MANAGER), "version": version, "result": result, **changes})


def sent(message: Claimed, **changes: Any) -> Outcome:
    """Return the outcome of a message that was posted."""
    settled = tuple(
        Settled(alert_id=d.alert_id, subscription_id=d.subscription.id, state=DeliveryState.SENT, **changes) for d in message.deliveries
    )
    return Outcome(message_id=message.id, posted_id=2**62 + message.id, settled=settled)


def obstructed(message: Claimed, obstacle: Obstacle) -> Outcome:
    """Return the outcome of a message that a channel refused: all its subscriptions are suspended."""
    ids = tuple(dict.fromkeys(d.subscription.id for d in message.deliveries))
    return Outcome(message_id=message.id, obstacle=obstacle, suspended=ids, reason="403")


async def states(database: Database) -> list[tuple[int, DeliveryState, str | None]]:
    """Return (subscription, state, reason) of every delivery, by alert and subscription."""
    query = select(deliveries.c.subscription_id, deliveries.c.state, deliveries.c.reason)
    async with database.reading() as connection:
        rows = await connection.execute(query.order_by(deliveries.c.alert_id, deliveries.c.subscription_id))
        return [(row.subscription_id, DeliveryState(row.state), row.reason) for row in rows]


async def only_states(database: Database) -> list[DeliveryState]:
    """Return the state of every delivery, by alert and subscription."""
    return [state for _, state, _ in await states(database)]
