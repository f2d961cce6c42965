"""Recurrence rules (RFC 5545) that count in days or longer, within bounds that keep every question about them quick."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from dateutil.rrule import rrule, rrulestr

FIRST_START = date(1900, 1, 1)
LAST_START = date(2200, 1, 1)
"""Between these a rule begins: it is walked from its start, and a daily one from the year 1 takes seconds."""

_LATEST_UNTIL = 2400
_ONE_RULE = re.compile(r"(RRULE:)?FREQ=[A-Z0-9=;,+-]+", re.ASCII | re.IGNORECASE)
_SUBDAILY = re.compile(r"\b(HOURLY|MINUTELY|SECONDLY|BYHOUR|BYMINUTE|BYSECOND)\b", re.ASCII | re.IGNORECASE)
_NO_STEP = re.compile(r"\b(INTERVAL|COUNT)=0+(?!\d)", re.ASCII | re.IGNORECASE)
_BOUNDS = {
    "INTERVAL": (1, 999),
    "COUNT": (1, 9_999),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
    "BYEASTER": (-80, 250),  # within the year of that Easter, or dateutil reads past the end of it
}
_YEARLY = frozenset(("BYYEARDAY", "BYWEEKNO", "BYEASTER"))  # as in RFC 5545; with days they would be looked for one by one
_WEEKS_OF_YEAR = 53
_WEEKS_OF_MONTH = 5
_DIGITS = re.compile(r"\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,4}", re.ASCII)
_UNTIL = re.compile(r"(\d{4})\d{4}(T\d{6}Z?)?", re.ASCII)


def read_rule(rule: str, start: date) -> rrule:
    """Return the days that `rule` falls on from `start`; raises ValueError with a reason where it is none, or out of bounds."""
    if not _ONE_RULE.fullmatch(rule) or _SUBDAILY.search(rule) or _NO_STEP.search(rule):
        raise ValueError(f"the rule {rule!r} must be one RRULE that counts in days or longer, such as FREQ=YEARLY;BYMONTH=2")
    if not FIRST_START <= start <= LAST_START:
        raise ValueError(f"a rule counts from a day between {FIRST_START} and {LAST_START}, not from {start}")
    parts = rule.upper().removeprefix("RRULE:").split(";")
    is_yearly = "FREQ=YEARLY" in parts
    weeks = _WEEKS_OF_YEAR if is_yearly and "BYMONTH=" not in rule.upper() else _WEEKS_OF_MONTH
    for part in parts:
        name, _, value = part.partition("=")
        if not _is_within(name, value, weeks) or (name in _YEARLY and not is_yearly):
            raise ValueError(f"the rule {rule!r} has {part!r}, which is out of bounds")
    try:
        parsed = rrulestr(rule, dtstart=datetime.combine(start, time()), cache=True)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise ValueError(f"the rule {rule!r} is not a recurrence rule (RFC 5545): {error}") from None
    if not isinstance(parsed, rrule):
        raise ValueError(f"the rule {rule!r} must be one RRULE, not a set")  # noqa: TRY004 - pydantic turns ValueErrors into problems
    return parsed


def occurs(days: rrule) -> bool:
    """Whether `days` fall on any day at all."""
    # A rule that falls on no day is walked to the year 9999, whatever its UNTIL: so one near that year is asked first.
    start: datetime = days._dtstart  # type: ignore[attr-defined] # noqa: SLF001 - rrule tells it nowhere else
    near_the_end = start.year + 400 * ((9949 - start.year) // 400)  # days of 400 years hence fall as they do now
    endless = days.replace(dtstart=start.replace(year=near_the_end), count=None, until=None)
    return all(next(iter(rule), None) is not None for rule in (endless, days))


def _is_within(name: str, value: str, weeks: int) -> bool:
    """Whether a part of a rule keeps to the bounds; a numbered day of the week counts up to `weeks`."""
    if name in {"BYDAY", "BYWEEKDAY"}:  # dateutil takes both, and reads past the end of its calendar beyond these
        return all(int(number) <= weeks for number in _DIGITS.findall(value))
    if name == "UNTIL":
        found = _UNTIL.fullmatch(value)
        return found is not None and int(found[1]) <= _LATEST_UNTIL
    if name not in _BOUNDS:
        return True
    low, high = _BOUNDS[name]
    return all(_NUMBER.fullmatch(number) and low <= int(number) <= high for number in value.split(","))
