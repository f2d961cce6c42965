"""One table of everything an editor can get wrong, each thing in a file of its own, with the exact place it is told at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.small import SMALL

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Broken:
    """Files to add to the small knowledge base, and every problem that they must give, as editors read it."""

    name: str
    files: Mapping[str, str | bytes]
    expected: tuple[str, ...] = field(repr=False)


def _one(name: str, text: str | bytes, *expected: str, folder: str = "events") -> Broken:
    """Break something in one new file; `expected` is "line:column: message"."""
    path = f"{folder}/{name}.yaml"
    return Broken(name=name, files={path: text}, expected=tuple(f"content/{path}:{told}" for told in expected))


def _event(event_id: str, extra: str = "", **changes: str | None) -> str:
    """Return one event on seven lines, with some values changed, or left out where None."""
    values: dict[str, str | None] = {
        "id": event_id,
        "date": '"1990"',
        "title": "A title",
        "summary": "A summary.",
        "tags": "[war]",
        "sources": "[archive]",
        "as_of": '"2026-07-04"',
    }
    lines = [f"{key}: {value}" for key, value in (values | changes).items() if value is not None]
    return "- " + "\n  ".join(lines) + "\n" + extra


def _deadline(deadline_id: str, when: str, extra: str = "status: scheduled") -> str:
    lines = [f"id: {deadline_id}", "title: A date", "kind: meeting", f"when: {when}", extra, "precision: day", "summary: It comes."]
    return "- " + "\n  ".join([*lines, "why: It matters.", "tags: [war]", "sources: [archive]", 'as_of: "2026-07-04"']) + "\n"


def _topic(topic_id: str, *extra: str) -> str:
    lines = [
        f"id: {topic_id}",
        f"title: Title of {topic_id}",
        f"menu: Menu of {topic_id}",
        "state: settled",
        "answer: Yes.",
        "body: A body.",
    ]
    facts = ["facts:", "  - text: A fact.", "    sources: [archive]"]
    return "- " + "\n  ".join([*lines, *facts, "sources: [archive]", 'as_of: "2026-07-04"', *extra]) + "\n"


_FOLDERS = "banned, countries, deadlines, eras, events, glossary, schema, sources, tags, topics, treaties, wording"
_MENTION = "this would read as a mention or an emoji on Discord: write it in words"
_COLON = (
    "mapping values are not allowed in this context (the keys of an entry begin in the same column; "
    "a text that holds a colon or quotes stands in quotes of the other kind, or below >-)"
)
_ALIAS = "anchors and aliases (& and *) are not used here: write the value out"
_NO_GROUND = "an entry needs at least one source, or confidence: unconfirmed with a caveat"
_WORDS = SMALL["wording/en.yaml"].splitlines()
_DATES, _COMMON = _WORDS.index("dates:") + 2, _WORDS.index("common:") + 2
_HOURS = "must be one RRULE that counts in days or longer, such as FREQ=YEARLY;BYMONTH=2"

UNREADABLE = (
    _one("unknown-key", _event("e1", "  colour: red\n"), "8:3: unknown key 'colour'"),
    _one("missing-key", _event("e2", date=None), "1:3: the key 'date' is missing"),
    _one("two-missing-keys", _event("e3", date=None, tags=None), "1:3: the key 'date' is missing", "1:3: the key 'tags' is missing"),
    _one("duplicate-key", _event("e4", "  title: Again\n"), "8:3: the key 'title' stands twice"),
    _one("bad-month", _event("e5", date='"1991-13"'), "2:9: date: month must be in 1..12"),
    _one("bad-day", _event("e6", as_of='"2026-07"'), "7:10: as_of: '2026-07' must be a full day such as 2026-11-22"),
    _one("backwards", _event("e7", date='"1991/1990"'), "2:9: date: 1990 lies before 1991"),
    _one("no-source", _event("e8", sources="[]"), f"1:3: {_NO_GROUND}"),
    _one("bare-no", _event("e9", title="NO"), '3:10: a bare NO is read as true or false in YAML: write "NO" in quotes'),
    _one(
        "alias",
        _event("e10", tags="&t [war]", sources="*t"),
        f"5:9: {_ALIAS}",
        f"6:12: {_ALIAS}",
        "6:12: sources: input should be a valid tuple",
    ),
    _one(
        "tab",
        "- id: e11\n\tdate: '1990'\n",
        "2:1: this is not valid YAML: found a tab character that violates indentation (lines are set in with blanks, never with tabs)",
    ),
    _one("colon", _event("e12", title="War: and peace"), f"3:13: this is not valid YAML: {_COLON}"),
    _one("too-long", _event("e13", title="x" * 91), "3:10: title: is 91 characters long; at most 90 fit"),
    _one("bad-id", _event("An Event"), "1:7: id: string should match pattern '^[a-z0-9]+(-[a-z0-9]+)*$'"),
    _one("bare-year-as-text", _event("e14", title="1991"), "3:10: title: input should be a valid string"),
    _one("bad-tags", _event("e15", tags="war"), "5:9: tags: input should be a valid tuple"),
    _one("not-a-list", "# a comment\nid: e16\n", "1:1: the file must hold a list of entries (lines that start with '- ')"),
    _one("empty", "# nothing yet\n", "1:1: the file is empty"),
    _one("empty-entry", "-\n", "1:2: input should be a valid dictionary or instance of Event"),
    _one(
        "latin-1",
        "- id: é\n".encode("latin-1"),
        "1:1: the file cannot be read as UTF-8 text: 'utf-8' codec can't decode byte 0xe9 in position 6: invalid continuation byte",
    ),
    _one(
        "never",
        _deadline("d1", '{start: "2020-01-01", rule: FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30, rhythm: never}'),
        "4:9: when: the rule 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' never occurs",
        folder="deadlines",
    ),
    _one(
        "hourly",
        _deadline("d2", '{start: "2020-01-01", rule: FREQ=HOURLY, rhythm: all the time}'),
        f"4:9: when: the rule 'FREQ=HOURLY' {_HOURS}",
        folder="deadlines",
    ),
    _one(
        "no-zone",
        _deadline("d3", '{at: "2026-12-01T10:00", zone: Mars/Olympus}'),
        "4:40: when.zone: 'Mars/Olympus' is not an IANA time zone such as Europe/Brussels",
        folder="deadlines",
    ),
    _one("key-in-when", _deadline("d4", '{date: "2026-12-01", hour: 10}'), "4:30: unknown key 'when.hour'", folder="deadlines"),
    _one(
        "no-when",
        _deadline("d5", "{}"),
        "4:9: when: needs one of: date, or at with zone, or start with rule and rhythm",
        folder="deadlines",
    ),
    _one(
        "no-outcome",
        _deadline("d6", '{date: "2026-01-01"}', "status: passed"),
        "1:3: a passed deadline says how it ended (outcome) or since when that is not known (unknown_after)",
        folder="deadlines",
    ),
    Broken(
        name="duplicate-id",
        files={"events/twin-a.yaml": _event("twin"), "events/twin-b.yaml": _event("other") + _event("twin")},
        expected=("content/events/twin-b.yaml:8:7: the id 'twin' stands already at content/events/twin-a.yaml:1:7",),
    ),
    Broken(
        name="wrong-extension",
        files={"events/x.yml": _event("e20")},
        expected=("content/events/x.yml:1:1: this is not read, for its name ends in .yml: call it x.yaml",),
    ),
    Broken(
        name="wrong-folder",
        files={"rumours/x.yaml": _event("e21")},
        expected=(f"content/rumours/x.yaml:1:1: this is not content: expected .yaml files in {_FOLDERS}",),
    ),
    Broken(
        name="wording",
        files={
            "wording/en.yaml": SMALL["wording/en.yaml"].replace("{day} {month} {year}", "{dya} {month}", 1).replace("  open: Open\n", "", 1)
        },
        expected=(
            (
                f"content/wording/en.yaml:{_DATES + 1}:8: dates.day: uses {{dya}}; it may use ['day', 'month', 'year'], "
                "with nothing else in the braces"
            ),
            f"content/wording/en.yaml:{_COMMON}:3: the key 'common.open' is missing",
        ),
    ),
)
"""What keeps an entry from being read at all."""


_COUNTRY = '- {{id: {}, name: {}, {}sources: [archive], as_of: "2026-07-04"}}\n'


LOOSE = (
    _one("unknown-tag", _event("l1", tags="[war, love]"), "5:15: there is no 'love' in tags"),
    _one("unknown-source", _event("l2", sources="[archive, hearsay]"), "6:22: there is no 'hearsay' in sources"),
    _one("unknown-event", _topic("t1", "events: [elbe, gone]"), "12:18: there is no 'gone' in events", folder="topics"),
    _one("unknown-topic", _topic("t2", "related: [gone]"), "12:13: there is no 'gone' in topics", folder="topics"),
    _one("unknown-deadline", _topic("t3", "deadlines:", "  - gone"), "13:7: there is no 'gone' in deadlines", folder="topics"),
    _one(
        "unknown-source-of-fact",
        _topic("t4").replace("    sources: [archive]", "    sources: [archive, gone]"),
        "9:26: there is no 'gone' in sources",
        folder="topics",
    ),
    _one(
        "unknown-topic-of-term",
        '- {id: w1, term: W, definition: D, related_topics: [gone], sources: [archive], as_of: "2026-07-04"}\n',
        "1:53: there is no 'gone' in topics",
        folder="glossary",
    ),
    _one("itself", _topic("t5", "related: [wartime, t5]"), "12:22: 't5' names itself", folder="topics"),
    _one(
        "superseded-by-nothing",
        _deadline("d10", '{date: "2026-12-01"}', "status: superseded\n  superseded_by: gone"),
        "6:18: there is no 'gone' in deadlines",
        folder="deadlines",
    ),
    _one("everyone", _event("l3", summary="'Hello @everyone'"), f"4:12: {_MENTION}"),
    _one("here", _event("l4", title="'@here they met'"), f"3:10: {_MENTION}"),
    _one("mention", _event("l5", summary="It was <@1234>."), f"4:12: {_MENTION}"),
    _one("channel", _event("l6", summary="It was in <#1234>."), f"4:12: {_MENTION}"),
    _one("emoji", _event("l7", summary="It was <:sad:1234>."), f"4:12: {_MENTION}"),
    _one("named-twice", _event("l8", sources="[archive, archive]"), "6:22: 'archive' is named twice"),
    _one("mention-in-fact", _topic("t6").replace("A fact.", "'@here'"), f"8:13: {_MENTION}", folder="topics"),
)
"""Entries that can be read but lead nowhere, or would be read as something else on Discord."""

_SOURCE = "- id: {}\n  publisher: Somebody\n  title: Something\n  url: {}\n  rank: press\n"

ILL_NAMED = (
    _one(
        "countries",
        _COUNTRY.format("AA", "Land", "")
        + _COUNTRY.format("AB", "The land", "continues: AA, ")
        + _COUNTRY.format("AC", "LAND", "continues: AB, successors: [ZZ], "),
        "3:18: the country 'AA' has this name already",
        "3:35: 'AB' continues another country itself: only one step is followed",
        "3:52: there is no 'ZZ' in countries",
        folder="countries",
    ),
)
"""Countries that get in the way of each other."""

ILL_DATED = (
    _one("future-as-of", _event("f1", as_of='"2026-11-24"'), "7:10: as_of lies in the future (2026-11-24)"),
    _one("future-event", _event("f2", date='"2026-11-24/2026-12-01"'), "2:9: an event lies in the past; this one is a deadline"),
    _one("review-due", _event("f3", '  review_by: "2026-11-21"\n'), "8:14: warning: was to be reviewed by 2026-11-21"),
    _one("review-today", _event("f4", '  review_by: "2026-11-22"\n', as_of='"2026-11-22"', date='"2026-11-22"')),
    _one(
        "gone-by",
        _deadline("f5", '{date: "2026-11-20"}'),
        "4:9: warning: the date has passed: set status passed, with its outcome or unknown_after",
        folder="deadlines",
    ),
    _one("unused", _SOURCE.format("unused", "https://example.org/unused"), "1:7: no entry uses the source 'unused'", folder="sources"),
    Broken(
        name="same-address",
        files={"sources/same.yaml": _SOURCE.format("same", "https://example.org/elbe"), "events/same.yaml": _event("f6", sources="[same]")},
        expected=(
            "content/sources/all.yaml:17:8: another source has the same address: keep one of them",
            "content/sources/same.yaml:4:8: another source has the same address: keep one of them",
        ),
    ),
    _one(
        "same-alias",
        _topic("zz-last", "aliases: [Lend-Lease]"),
        "12:12: 'Lend-Lease' leads to 'wartime' in topics already: take it out here",
        folder="topics",
    ),
    _one(
        "alias-is-name",
        _topic("zz-name", "aliases: [Ally]"),
        "12:12: 'Ally' leads to 'ally' in glossary already: take it out here",
        folder="topics",
    ),
    _one(
        "same-name",
        '- {id: w2, term: "1941 to 1945", definition: D, sources: [archive], as_of: "2026-07-04"}\n',
        "1:3: '1941 to 1945' leads to 'wartime' in topics already: take it out here",
        folder="glossary",
    ),
    Broken(
        name="no-verdict",
        files={name: SMALL[name].replace("verdict", "short") for name in ("topics/all.yaml", "glossary/all.yaml")},
        expected=("content/deadlines/all.yaml:1:3: there is no topic 'verdict': /allies without a topic answers with it",),
    ),
)
"""What only the whole tells: dates against today, sources nobody uses, names given twice, the first answer gone."""
