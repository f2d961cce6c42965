"""Contents made by chance: real files with something done to them, YAML-like text, odd values, odd dates, damaged archives."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

import yaml
from hypothesis import strategies as st

from bot.knowledge.files import ContentFiles
from bot.knowledge.loading import KINDS
from tests.conftest import CONTENT
from tests.domain.strategies import RULES, ZONES
from tests.small import SMALL

_BASE = {name: text.encode() for name, text in SMALL.items()}
_FEW = {name: _BASE[name] for name in ("events/all.yaml", "sources/all.yaml", "tags.yaml")}
BASES = {"mutated": _FEW, "texts": _FEW, "entries": _FEW, "dates": _BASE, "archives": {}}
"""What stands beside the files of each sort of input: everything only where the whole may be sound, for that is slow."""

_NAMES = (
    "events/x.yaml",
    "topics/all.yaml",
    "deadlines/x.yaml",
    "wording/en.yaml",
    "glossary/x.yaml",
    "sources/all.yaml",
    "tags.yaml",
    "eras.yaml",
)


# Real files with something done to them.

_SNIPPETS = st.sampled_from(
    (
        *(
            "- ",
            "\n- ",
            ": ",
            "? ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "#",
            " #",
            "&a ",
            "*a",
            "!!str ",
            "!x ",
            "!!python/name:os.system ",
            "|\n",
            ">-\n",
        ),
        *(
            "'",
            '"',
            "\\",
            "\n",
            "\r",
            "\t",
            "\0",
            "\ufeff",
            "\u2028",
            "\u202e",
            "\x85",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "<<: ",
            "~",
            "no",
            "=",
            "`",
        ),
        *(
            "@everyone",
            "<@1>",
            "[x](y)",
            "https://",
            "**",
            "||",
            "2026-02-30",
            "99999999999999999999",
            "-1",
            ".inf",
            "null",
            "id: elbe\n  ",
        ),
    )
).map(str.encode)


@cache
def _real() -> tuple[tuple[str, bytes], ...]:
    """Return (path, a few entries) cut from the real content."""
    cut = []
    for path in sorted(CONTENT.rglob("*.yaml")):
        name, lines = path.relative_to(CONTENT).as_posix(), path.read_bytes().splitlines(keepends=True)
        starts = [number for number, line in enumerate(lines) if line.startswith(b"- ")] or [0]
        cut += [(name, b"".join(lines[start : start + 45])) for start in starts[::3]]
    return tuple(cut)


@st.composite
def _mutated(draw: st.DrawFn) -> dict[str, bytes]:
    name, raw = draw(st.sampled_from(_real()))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw)))
        end = at + draw(st.one_of(st.just(0), st.integers(0, 4), st.integers(0, len(raw))))
        raw = raw[:at] + draw(st.one_of(_SNIPPETS, st.binary(max_size=3), st.just(raw[at:end] * 2), st.just(b""))) + raw[end:]
    return {name: raw}


# Text that looks like YAML, and what does not.

_TOKENS = st.one_of(_SNIPPETS, st.sampled_from([b"a", b"id: ", b"title: ", b"  ", b"\n  ", b"\n    ", b"\n", b"[[[[", b"]]]]", b"- - - "]))
_LEVELS = st.sampled_from([b"[", b"[\n", b"{a: ", b"- ", b"? ", b"- [", b"&a [", b"!!seq [", b"'", b'"', b"|\n "])
_grammatical = st.lists(_TOKENS, max_size=40).map(b"".join)
_nested = st.builds(
    lambda level, many, end: level * many + end, _LEVELS, st.integers(0, 30_000), st.sampled_from([b"", b"\n", b"]\n", b"}\n"])
)
_written = st.one_of(
    _grammatical, _grammatical, _nested, st.binary(max_size=120), st.text(max_size=80).map(lambda t: t.encode(errors="replace"))
)
_texts = st.builds(lambda name, raw: {name: raw}, st.sampled_from(_NAMES), _written)


# Entries with any value under any key.

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(
        ["2026-01-01", "1941/1945", "9999-12-31", "0001", "elbe", "war", "archive", "x" * 2000, "**x", "<@1>", "https://a.b", "\u202e"]
    ),
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12
)
_ENTRIES: list[tuple[str, dict[str, Any]]] = [
    (name, entry) for name, raw in _BASE.items() if isinstance(entries := yaml.safe_load(raw), list) for entry in entries
]
_KEYS = sorted({key for model in KINDS.values() for key in model.model_fields} | {"at", "zone", "rule", "start", "time", "<<", "=", ""})


@st.composite
def _odd(draw: st.DrawFn) -> dict[str, bytes]:
    name, entry = draw(st.sampled_from(_ENTRIES))
    changes = draw(st.dictionaries(st.one_of(st.sampled_from(sorted(entry)), st.sampled_from(_KEYS)), _values, min_size=1, max_size=3))
    written = b"- " + json.dumps({**entry, "id": "odd", **changes}).encode() + b"\n"
    return {f"{name.partition('/')[0].removesuffix('.yaml')}/odd.yaml": written}


# Dates, moments and rules.

_days = st.one_of(
    st.dates().map(str), st.sampled_from(["0001-01-01", "9999-12-31", "2024-02-29", "1900-01-01", "2200-01-01", "2026-13-01"])
)
_zones = st.one_of(
    st.sampled_from(ZONES), st.sampled_from(["Mars/Olympus", "", "../etc/passwd", "utc", "Etc/GMT-14", "localtime", "posixrules"])
)
_clocks = st.sampled_from(["00:00", "02:30", "23:59", "24:00", "12:00:00", "noon"])
_numbers = st.one_of(st.integers(-400, 400), st.sampled_from([0, 10**4, 10**9, -(10**30)])).map(str)
_lists = st.lists(_numbers, min_size=1, max_size=4).map(",".join)
_weekdays = st.lists(
    st.builds(lambda n, day: n + day, st.sampled_from(["", "", "1", "-1", "+5", "53", "-54", "99"]), st.sampled_from(["MO", "SU"])),
    max_size=3,
)
_parts = st.one_of(
    st.builds(
        lambda name, value: f"{name}={value}",
        st.sampled_from(
            ["BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYEASTER", "INTERVAL", "COUNT", "BYHOUR", "WKST", "X"]
        ),
        _lists,
    ),
    st.integers(1, 12).map(lambda month: f"BYMONTH={month}"),
    st.integers(28, 31).map(lambda day: f"BYMONTHDAY={day}"),
    _weekdays.map(lambda days: f"BYDAY={','.join(days)}"),
    st.sampled_from(
        ["UNTIL=99991231", "UNTIL=24001231", "UNTIL=20300101T000000Z", "UNTIL=x", "COUNT=9999", "INTERVAL=999", "DTSTART=20200101", ""]
    ),
)
_often = st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "DAILY", "HOURLY", "SECONDLY", "NEVER"])
_rules = st.one_of(
    st.builds(lambda often, parts: ";".join([f"FREQ={often}", *parts]), _often, st.lists(_parts, max_size=4)),
    st.sampled_from(RULES),
    st.text(alphabet="FREQ=DAILYBM;,0123-+\n:", max_size=40),
)
_whens = st.one_of(
    st.builds(lambda first, last: {"date": f"{first}/{last}"}, _days, _days),
    st.builds(lambda day, clock, zone: {"at": f"{day}T{clock}", "zone": zone}, _days, _clocks, _zones),
    st.builds(lambda day, rule: {"start": day, "rule": rule, "rhythm": "x"}, _days, _rules),
    st.builds(lambda day, rule: {"start": day, "rule": rule, "rhythm": "x"}, st.dates(date(1900, 1, 1), date(2200, 1, 1)).map(str), _rules),
    st.builds(
        lambda day, rule, clock, zone: {"start": day, "rule": rule, "rhythm": "x", "time": clock, "zone": zone},
        _days,
        _rules,
        _clocks,
        _zones,
    ),
)
_DEADLINE = next(entry for name, entry in _ENTRIES if name.startswith("deadlines"))
_EVENT = next(entry for name, entry in _ENTRIES if name.startswith("events"))


@st.composite
def _dated(draw: st.DrawFn) -> dict[str, bytes]:
    deadline = {
        **_DEADLINE,
        "id": "fuzzed",
        "when": draw(_whens),
        "status": draw(st.sampled_from(["scheduled", "tentative", "passed", "cancelled"])),
    }
    event = {**_EVENT, "id": "fuzzed", "date": draw(_days), "as_of": draw(_days)}
    return {f"{kind}/x.yaml": b"- " + json.dumps(e).encode() + b"\n" for kind, e in (("deadlines", deadline), ("events", event))}


# Archives with wrong bits.

_PACKED = ContentFiles("content", tuple(sorted(_BASE.items()))).pack()
_spots = st.one_of(st.integers(0, len(_PACKED) - 1), st.integers(len(_PACKED) - 600, len(_PACKED) - 1))


def _damaged(changes: list[tuple[int, int]], length: int, more: bytes) -> bytes:
    raw = bytearray(_PACKED)
    for at, value in changes:
        raw[at] ^= value
    return bytes(raw[: len(raw) - length]) + more


_archives = st.builds(
    _damaged,
    st.lists(st.tuples(_spots, st.one_of(st.integers(0, 7).map(lambda bit: 1 << bit), st.integers(1, 255))), max_size=6),
    st.one_of(st.just(0), st.just(0), st.integers(0, 100), st.integers(0, len(_PACKED))),
    st.one_of(st.just(b""), st.just(b""), st.binary(max_size=30)),
)

SORTS: dict[str, st.SearchStrategy[Any]] = {
    "mutated": _mutated(),
    "texts": _texts,
    "entries": _odd(),
    "dates": _dated(),
    "archives": _archives,
}
"""What inputs are made from, by name: a dict of files by path, or an archive."""
