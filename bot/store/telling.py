"""What a subscription has been told of a deadline by the time that the next message about it is made. Parts of the query that claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, case, cast, func, literal, or_, select

from bot.domain.judging import NOTICES, Reason
from bot.domain.ledger import AlertKind, DeliveryState
from bot.store.tables import alerts, calendar, deliveries

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Exists, FromClause, ScalarSelect, Select

_OTHER, _ITS = alerts.alias("other"), deliveries.alias("its")
_ON_ITS_WAY_OR_SENT = (DeliveryState.WAITING, DeliveryState.HELD, DeliveryState.SENDING, DeliveryState.SENT)


def was_told(ledger: FromClause = deliveries) -> ColumnElement[bool]:
    """Return the condition that a delivery, of the table or its alias `ledger`, was posted, or may have been: nobody could find out.

    Whoever may have heard of a date must hear that it changed: to tell somebody a true thing too many is better than to leave a wrong one.
    """
    maybe = and_(ledger.c.state == DeliveryState.EXPIRED, ledger.c.reason.in_((Reason.RESTORED, Reason.UNKNOWN)))
    return or_(ledger.c.state == DeliveryState.SENT, maybe)


def nearest_lead() -> ScalarSelect[Any]:
    """Return the least lead at which the ledger has the same occurrence for the same subscription, not counting what came to nothing."""
    return (
        select(func.min(_OTHER.c.lead))
        .join_from(_OTHER, _ITS, and_(_ITS.c.alert_id == _OTHER.c.id, _ITS.c.subscription_id == deliveries.c.subscription_id))
        .where(
            _OTHER.c.deadline == alerts.c.deadline,
            _OTHER.c.occurrence == alerts.c.occurrence,
            _OTHER.c.kind == AlertKind.ALERT,
            _ITS.c.state.in_(_ON_ITS_WAY_OR_SENT),
        )
        .correlate(deliveries, alerts)
        .scalar_subquery()
    )


def gone_at() -> ScalarSelect[Any]:
    """Return since when the content has had no such deadline."""
    return select(calendar.c.gone_at).where(calendar.c.deadline == alerts.c.deadline).correlate(alerts).scalar_subquery()


def told() -> ColumnElement[str | None]:
    """Return what was told last, for sure or maybe (see `was_told`), in the form that `read_told` reads."""
    date = case((_OTHER.c.kind == AlertKind.MOVED, _OTHER.c.detail), else_=_OTHER.c.occurrence)
    heard = _telling(cast(_OTHER.c.kind, Text) + " " + date).where(was_told(_ITS))
    latest = heard.order_by(_ITS.c.at.desc(), _OTHER.c.id.desc()).limit(1)
    # Alerts about another date of something that recurs say nothing of the date that this notice is about.
    concerns_it = or_(_OTHER.c.kind != AlertKind.ALERT, _OTHER.c.occurrence == alerts.c.occurrence)
    return func.coalesce(latest.where(concerns_it).scalar_subquery(), latest.scalar_subquery())


def read_told(text: str | None) -> tuple[str | None, AlertKind | None]:
    """Return the date that was told last, as a key, and by what kind of message; None where nothing was."""
    if text is None:
        return None, None
    kind, _, date = text.partition(" ")
    return date, AlertKind(int(kind))


def is_being_told() -> Exists:
    """Return whether an earlier message about the deadline is still being sent; if both waited, neither would ever go."""
    return _telling(literal(1)).where(_ITS.c.state == DeliveryState.SENDING, _ITS.c.message_id < deliveries.c.message_id).exists()


def _telling(*columns: Any) -> Select[Any]:  # noqa: ANN401 - as select() itself
    """Return a query over what tells a notice's subscription of its deadline."""
    is_notice = alerts.c.kind.in_(sorted(NOTICES))
    return (
        select(*columns)
        .join_from(_OTHER, _ITS, and_(_ITS.c.alert_id == _OTHER.c.id, _ITS.c.subscription_id == deliveries.c.subscription_id))
        .where(is_notice, _OTHER.c.deadline == alerts.c.deadline, _OTHER.c.kind != AlertKind.DRILL)
        .correlate(deliveries, alerts)
    )
