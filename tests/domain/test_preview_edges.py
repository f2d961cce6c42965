"""Where the preview of what comes next begins and ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.planning import HORIZON, Plan, list_upcoming
from bot.domain.subscriptions import WishId
from tests.domain.strategies import deadline, wish

START = datetime(2027, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "expected"), [(-1, 1), (0, 0)])
def test_what_is_due_now_comes_no_more(seconds: int, expected: int) -> None:
    """At its very hour an alert is a matter of the ledger, and no longer of what is ahead."""
    due = datetime.fromisoformat("2027-03-12T08:00Z")
    assert len(list_upcoming([deadline("2027-03-12")], wish(leads=(0,)), due + timedelta(seconds=seconds), 5)) == expected


@pytest.mark.parametrize(("days", "expected"), [(0, 1), (1, 0)])
def test_nothing_beyond_the_horizon_is_looked_at(days: int, expected: int) -> None:
    """The last day of the horizon is still in it."""
    day = (START + HORIZON).date() + timedelta(days=days)
    assert len(list_upcoming([deadline(str(day))], wish(leads=(0,)), START, 5)) == expected


def test_what_lasts_beyond_the_horizon_is_planned_by_its_first_day() -> None:
    """A conference that begins next week and has no end in sight is told of like any other."""
    long = deadline(f"2027-03-20/{(START + HORIZON).date() + timedelta(days=9)}")
    plan = Plan((long,), {WishId(1): wish(leads=(1,))}, START)
    expected = [datetime.fromisoformat("2027-03-19T08:00Z")]
    assert [due.due_at for due in plan.list_due(START, plan.ends_at)] == expected
    assert [due for due, *_ in list_upcoming([long], wish(leads=(1,)), START, 5)] == expected


def test_what_is_due_at_one_hour_stands_in_the_order_of_its_names() -> None:
    """Of one lead first by deadline and then by wish, in whatever order the content and the wishes came."""
    deadlines = [deadline("2027-03-12", id=name) for name in ("c", "a", "b")]
    plan = Plan(deadlines, {WishId(number): wish(leads=(1,)) for number in (3, 1, 2)}, START)
    expected = [(name, number) for name in "abc" for number in (1, 2, 3)]
    assert [(due.deadline.id, due.wish_id) for due in plan.list_due(START, plan.ends_at)] == expected


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "Europe/Brussels", "Pacific/Kiritimati"])
@pytest.mark.parametrize("hour", ["02:00", "12:00", "22:00"])
def test_the_plan_wakes_on_the_local_day_of_a_moment(zone: str, hour: str) -> None:
    """Whether a moment falls on its day in UTC or on one beside it, its alert falls due at an instant at which the plan is looked at."""
    plan = Plan((deadline(f"2027-03-15T{hour} UTC", lead_days=(0,)),), {WishId(1): wish(zone)}, START)
    (alert,) = plan.list_due(START, plan.ends_at)
    looks = [START]
    while looks[-1] < plan.ends_at:
        looks.append(plan.find_next(looks[-1]))
    assert alert.due_at in looks
