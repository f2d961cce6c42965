"""The editor: new dates, moved ones, called off ones, and changes that are taken back, put to use by the real reloading."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.domain.editions import Editor as By
from bot.domain.editions import Origin
from bot.domain.subscriptions import UserId
from bot.errors import DetenteError
from tests.simulation.newsroom import LEADS, TAGS, Date

if TYPE_CHECKING:
    import random

    from tests.simulation.life import Life
    from tests.simulation.newsroom import Content
    from tests.simulation.year import Year

ZONES = ("Europe/Brussels", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "Pacific/Kiritimati", "Pacific/Pago_Pago")
RULES = ("FREQ=MONTHLY;BYMONTHDAY=15", "FREQ=MONTHLY;BYMONTHDAY=3", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=14", "FREQ=WEEKLY;INTERVAL=5")
MOST = 24
"""Dates in the content at most."""

_DEEDS = ("move", "move", "back", "cancel", "replace", "reinstate", "outcome", "remove", "restore", "leads", "text", "new", "new", "new")

_STATUS = {"cancel": "cancelled", "replace": "superseded", "reinstate": "scheduled", "back": "scheduled", "outcome": "passed"}


class Editor:
    """Who writes the content; `content` is what they want, and what is in use once they succeed."""

    def __init__(self, year: Year, chance: random.Random) -> None:
        """Begin with some dates."""
        self._year = year
        self._chance = chance
        self._written = 0
        self._removed: list[Date] = []
        self._earlier: dict[str, list[Date]] = {}
        first = [self._new() for _ in range(12)]
        rules = [Date(id=f"rule-{i}", when=("rule", "2026-01-01", rule), tags=(TAGS[i % 4],)) for i, rule in enumerate(RULES[:2])]
        self.content: Content = (*first, *rules)
        year.newsroom.save(self.content)

    def act(self) -> None:
        """Change one thing, or a few in a row, if there is a process that takes it."""
        life = self._year.find_life()
        if life is not None and life.reloading is not None:
            life.spawn(self._edit(life, self._chance.choice((1, 1, 1, 2, 3))))

    async def _edit(self, life: Life, times: int) -> None:
        for _ in range(times):
            self._change()
            self._year.newsroom.save(self.content)
            self._year.oracle.note_editing()
            try:
                assert life.reloading is not None
                done = await life.reloading.reload(By(Origin.COMMAND, UserId(1)))
                self._year.journal.note("the editor", result=str(done.result), version=done.version)
            except DetenteError as error:
                self._year.journal.note("the editor failed", reason=str(error)[:60])
            await self._year.rest(self._chance.choice((0.0, 1.0, 20.0, 300.0, 2_000.0)))

    def _change(self) -> None:
        deed = self._chance.choice(_DEEDS)
        entries = list(self.content)
        index = self._chance.randrange(len(entries)) if entries else 0
        if deed == "new" or len(entries) < 6:
            entries.append(self._new())
        elif deed == "restore":
            if self._removed:
                back = self._removed.pop(self._chance.randrange(len(self._removed)))
                entries.append(self._moved(back) if self._chance.random() < 0.3 else back)
        elif deed == "remove":
            self._removed.append(entries.pop(index))
        else:
            entries[index] = self._changed(entries[index], deed)
        self.content = tuple(entries[-MOST:])

    def _changed(self, entry: Date, deed: str) -> Date:
        if deed == "back" and self._earlier.get(entry.id):
            return replace(self._earlier[entry.id].pop(), text=entry.text)
        self._earlier.setdefault(entry.id, []).append(entry)
        if deed == "move":
            return self._moved(entry)
        if deed == "leads":
            return replace(entry, leads=self._chance.choice(LEADS))
        if deed == "text":
            return replace(entry, text=entry.text + 1)
        return replace(entry, status=_STATUS[deed], outcome=deed == "outcome")

    def _moved(self, entry: Date) -> Date:
        shift = timedelta(days=self._chance.choice((-40, -9, -2, -1, 1, 2, 5, 8, 31, 90)))
        match entry.when:
            case ("day", days):
                first, last = date.fromisoformat(days[:10]) + shift, date.fromisoformat(days[-10:]) + shift
                return replace(entry, when=("day", str(first) if first == last else f"{first}/{last}"))
            case ("moment", at, zone):
                return replace(entry, when=("moment", f"{date.fromisoformat(at[:10]) + shift}{at[10:]}", zone))
        return replace(entry, when=("rule", entry.when[1], self._chance.choice(RULES)))

    def _new(self) -> Date:
        self._written += 1
        day = self._year.now().date() + timedelta(days=self._chance.choice((1, 2, 6, 8, 20, 33, 45, 70, 120, 200)))
        kind = self._chance.random()
        when: tuple[str, ...] = ("day", str(day))
        if kind < 0.15:
            when = ("day", f"{day}/{day + timedelta(days=self._chance.choice((1, 2, 5)))}")
        elif kind < 0.45:
            when = ("moment", f"{day}T{self._chance.choice(('00:30', '02:30', '12:00', '23:45'))}", self._chance.choice(ZONES))
        leads, tags = self._chance.choice(LEADS), tuple(sorted(self._chance.sample(TAGS, self._chance.choice((1, 2)))))
        return Date(id=f"date-{self._written}", when=when, leads=leads, tags=tags, status=self._chance.choice(("tentative", "scheduled")))
