"""A small knowledge base that is valid in every file, to be broken one thing at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""The moment the small knowledge base is read at."""

WORDING = (Path(__file__).resolve().parent.parent / "content/wording/en.yaml").read_text(encoding="utf-8")
"""The real wording, so that cards can be drawn from the small knowledge base."""

_TOPICS = """\
- id: verdict
  title: "Are Russia and the US allies?"
  menu: The verdict
  aliases: [are they allies, short answer]
  tags: [nato]
  order: 10
  state: developing
  answer: No. They are rivals.
  body: >-
    No treaty binds them.

    They talk all the same.
  facts:
    - text: No treaty of mutual defence is in force.
      sources: [treaty-list]
  positions:
    - who: Russia
      says: We are not bound.
      sources: [ministry]
  events: [elbe, expiry]
  deadlines: [summit, inaugural]
  related: [wartime]
  sources: [treaty-list]
  as_of: "2026-07-04"
- id: wartime
  title: The wartime coalition
  menu: 1941 to 1945
  aliases: [world war two, lend lease]
  tags: [war]
  order: 20
  state: settled
  answer: They fought the same enemy.
  body: Supplies crossed the Arctic.
  facts:
    - text: Soldiers met on the Elbe.
      sources: [archive]
  events: [elbe]
  related: [verdict]
  sources: [archive]
  as_of: "2026-07-04"
"""

_EVENTS = """\
- id: elbe
  date: "1945-04-25"
  title: American and Soviet soldiers meet on the Elbe
  summary: They shook hands on a broken bridge.
  tags: [war]
  stance: allied
  sources: [archive]
  as_of: "2026-07-04"
- id: expiry
  date: "2026-02-05"
  title: The last arms treaty expires
  summary: No successor was signed.
  tags: [nato]
  stance: competitive
  sources: [treaty-list]
  as_of: "2026-07-04"
"""

_DEADLINES = """\
- id: summit
  title: A summit
  kind: meeting
  when: {date: "2026-12-03/2026-12-04"}
  status: scheduled
  precision: day
  summary: They meet.
  why: They may talk.
  lead_days: [7, 1]
  tags: [nato]
  sources: [ministry]
  as_of: "2026-07-04"
- id: inaugural
  title: A yearly speech
  kind: meeting
  when:
    start: "2020-01-20"
    rule: FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=20
    rhythm: every year on 20 January
  status: tentative
  precision: expected
  summary: Somebody speaks.
  why: It may name the other side.
  tags: [war]
  sources: [ministry]
  as_of: "2026-07-04"
- id: vote
  title: A vote
  kind: election
  when: {at: "2026-11-03T18:00", zone: America/New_York}
  status: passed
  precision: exact
  outcome: It was held.
  summary: People vote.
  why: It moves laws.
  tags: [nato]
  sources: [ministry]
  as_of: "2026-11-04"
"""

_TERMS = """\
- id: ally
  term: Ally
  aliases: [treaty ally]
  definition: A state bound by a treaty of mutual defence.
  related_topics: [verdict]
  sources: [treaty-list]
  as_of: "2026-07-04"
"""

_SOURCES = """\
- id: treaty-list
  publisher: State Department
  title: Collective defence
  url: https://example.org/treaties
  rank: primary
  published: "2024"
- id: ministry
  publisher: Ministry
  title: A statement
  url: https://example.org/ministry
  rank: party
  language: ru
  opened: false
- id: archive
  publisher: An archive
  title: Elbe Day
  url: https://example.org/elbe
  rank: research
  published: "1995-04"
"""

SMALL: Mapping[str, str] = {
    "topics/all.yaml": _TOPICS,
    "events/all.yaml": _EVENTS,
    "deadlines/all.yaml": _DEADLINES,
    "glossary/all.yaml": _TERMS,
    "sources/all.yaml": _SOURCES,
    "tags.yaml": "- {id: nato, title: NATO}\n- {id: war, title: The war}\n",
    "eras.yaml": '- {id: war-years, title: The war, date: "1939/1945"}\n- {id: today, title: Since 2025, date: "2025/2030"}\n',
    "wording/en.yaml": WORDING,
}
"""The files by their path under the content folder."""


def write_content(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write `files` under `folder` and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder
