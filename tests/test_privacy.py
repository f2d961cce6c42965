"""The privacy page against the tables and against what the bot does: nothing is kept that it does not name, nor for longer."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.services.watching import GUILD_KEPT, LEDGER_KEPT, TIDY_EVERY
from bot.settings import Settings
from bot.store.store import open_store
from bot.store.tables import METADATA
from tests.loopback import serve
from tests.staging import Stage, read_log
from tests.store.making import use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.knowledge.snapshot import Snapshot

PAGE = Path(__file__).resolve().parent.parent / "docs" / "privacy.md"

NO_IDS: Mapping[str, str] = {
    "guilds": "zone minute left_at created_at",
    "wishes": "id selector leads zone minute",
    "subscriptions": "id wish_id own_zone own_minute publish note created_at status obstacle probe_at strikes paused_until",
    "alerts": "id kind deadline occurrence lead created_at expires_at closed",
    "deliveries": "alert_id subscription_id message_id state at is_late reason",
    "messages": "id kind subscription_id is_open claimed_by attempt_at attempts first_attempt_at reason",
    "calendar": "deadline occurrence has_outcome is_off gone_at changes planned_to",
    "planning": "id planned_to",
    "packages": "version packed kept_at",
    "content_uses": "id at action origin version result detail returns_to",
    "processes": "id shards started_at beat_at",
}
"""Columns that hold no id of Discord's. A new column belongs here or on the page."""


def test_the_page_names_every_column_with_an_id_of_discord() -> None:
    """Each column of each table is named on the page or known to hold no id, and the page names none that is not there."""
    named = set(re.findall(r"^\| `(\w+\.\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    harmless = {f"{table}.{column}" for table, columns in NO_IDS.items() for column in columns.split()}
    there = {f"{table.name}.{column.name}" for table in METADATA.tables.values() for column in table.columns}
    assert named & harmless == set()
    assert named | harmless == there


def test_every_column_is_explained() -> None:
    """Each row of the page says whose id it is, why it is kept and for how long."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(rows) == 12
    for row in rows:
        assert all(len(cell.strip()) > 3 for cell in row.strip("|").split("|")), row


def test_the_page_the_settings_and_the_card_agree_on_how_long(snapshot: Snapshot) -> None:
    """Thirty days after a removal, and the default of LEDGER_DAYS: the page and `/about` say what the code does."""
    page, about = PAGE.read_text(encoding="utf-8"), snapshot.knowledge.wording.about.data
    for said in (page, about):
        assert f"{GUILD_KEPT.days} days" in said
        assert "`/alerts forget`" in said
    kept = Settings.model_fields["ledger_days"].default
    assert f"it is {kept} days unless" in page
    assert timedelta(days=kept) == LEDGER_KEPT
    assert timedelta(days=1) / TIDY_EVERY == 4  # "four times a day"


@pytest.mark.processes
async def test_the_ledger_is_kept_for_as_long_as_the_host_says(tmp_path: Path) -> None:
    """With LEDGER_DAYS=30, what ended 40 days ago is gone after a start of the real bot, and what ended 20 days ago is there."""
    async with serve() as discord, asyncio.timeout(60):
        stage = Stage(tmp_path, discord)
        stage.set_content(7)
        async with open_store(stage.url) as store:
            for days in (40, 20):
                version = f"{days} days"
                edition = await store.contents.find_edition()
                old = use(version, at=stage.now - timedelta(days=days))
                await store.contents.apply(old, version.encode(), instead_of=edition.version if edition else None)
        async with stage.running(LEDGER_DAYS="30") as process:
            await read_log(process, '"event": "tidied"')
        async with open_store(stage.url) as store:
            uses, _ = await store.contents.list_uses(0, 9)
    known = {each.version: each.by.user_id is not None for each in uses if each.version and each.version.endswith("days")}
    assert known == {"40 days": False, "20 days": True}
