"""Which tests ought to notice an error in a module: those near it, and none that start whole processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PLANNING = (
    "tests/domain/test_planning.py",
    "tests/domain/test_judging.py",
    "tests/domain/test_changes.py",
    "tests/domain/test_hardening.py",
    "tests/domain/test_known_dates.py",
    "tests/domain/test_news_taken_back.py",
    "tests/domain/test_outcome_taken_back.py",
    "tests/domain/test_preview_edges.py",
)
_SENDING = (
    "tests/services/test_dispatching.py",
    "tests/services/test_leasing.py",
    "tests/services/test_notices.py",
    "tests/services/test_planning.py",
    "tests/services/test_publishing.py",
    "tests/services/test_resting.py",
    "tests/services/test_retrying.py",
    "tests/services/test_reports.py",
    "tests/services/test_rounds.py",
)
_ALERTS = (
    *_SENDING,
    "tests/services/test_alerting.py",
    "tests/services/test_corrections.py",
    "tests/services/test_keeping.py",
    "tests/services/test_missing_news.py",
    "tests/services/test_overtaking.py",
    "tests/services/test_reach.py",
    "tests/services/test_silent_corrections.py",
    "tests/services/test_stopping.py",
)
_TREATIES = (
    "tests/domain/test_alliance_[cdh]*.py",
    "tests/domain/test_alliances.py",
    "tests/domain/test_several_treaties.py",
    "tests/domain/test_treaties.py",
    "tests/domain/test_treaty_edges.py",
)
_LEDGER = (
    "tests/store/test_claiming.py",
    "tests/store/test_finishing.py",
    "tests/store/test_ledger.py",
    "tests/store/test_plan.py",
    "tests/store/test_hostile_text.py",
    "tests/store/test_striking.py",
)
_ALERT_RIGHTS = ("tests/chat/test_alerts*.py", "tests/chat/test_channel_rights.py", "tests/test_security.py")
_CONTENT_RIGHTS = ("tests/chat/test_content.py", "tests/chat/test_content_rights.py", "tests/test_content_commands.py")

TESTS = {
    "bot/domain/planning.py": _PLANNING,
    "bot/domain/judging.py": _PLANNING,
    "bot/domain/changes.py": _PLANNING,
    "bot/domain/treaties.py": _TREATIES,
    "bot/domain/treaty_book.py": _TREATIES,
    "bot/domain/alliances.py": _TREATIES,
    "bot/services/planning.py": _ALERTS,
    "bot/services/dispatching.py": _ALERTS,
    "bot/services/retrying.py": _SENDING,
    "bot/services/leasing.py": _SENDING,
    "bot/store/claiming.py": (*_LEDGER, *_SENDING),
    "bot/store/finishing.py": (*_LEDGER, *_SENDING),
    "bot/chat/permissions.py": ("tests/chat/test_*_rights.py", "tests/test_content_commands.py"),
    "bot/chat/desk.py": _ALERT_RIGHTS,
    "bot/chat/managing.py": _ALERT_RIGHTS,
    "bot/chat/alert_commands.py": _ALERT_RIGHTS,
    "bot/chat/administering.py": _CONTENT_RIGHTS,
    "bot/chat/controls.py": (*_ALERT_RIGHTS, *_CONTENT_RIGHTS),
}


def list_tests(root: Path, module: str) -> tuple[str, ...]:
    """Return the test files for `module`, each once; raises KeyError for one that has none."""
    found = (str(file.relative_to(root)) for pattern in TESTS[module] for file in sorted(root.glob(pattern)))
    return tuple(dict.fromkeys(found))
