"""The error tree. `str(error)` is for the log and the terminal; what a user reads is wording keyed by the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class DetenteError(Exception):
    """Base of every error the bot raises on purpose; each class carries its exit code."""

    exit_code: ClassVar[int] = 1


class SettingsError(DetenteError):
    """An environment variable is missing or wrong; the text names it and says what it expects."""

    exit_code = 2


class ContentError(DetenteError):
    """The knowledge base cannot be used; carries ALL problems, one line each."""

    exit_code = 3

    def __init__(self, problems: Sequence[object]) -> None:
        """Keep `problems`; `str()` lists them one per line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class DiscordUnreachableError(DetenteError):
    """Discord could not be reached, or the connection to it was lost for good."""

    exit_code = 5


class UserError(DetenteError):
    """Somebody asked for something that cannot be answered: a private reply, no traceback.

    `fields` fill the placeholders of the wording for this class.
    """

    wording_key: ClassVar[str]

    def __init__(self, **fields: object) -> None:
        """Keep `fields` for the wording."""
        self.fields = fields
        super().__init__(f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in fields.items())})")


class BadDateError(UserError):
    """A date option is not a year, month or day (fields: text)."""

    wording_key = "bad_date"


class EmptyRangeError(UserError):
    """`from` lies after `to` (fields: first, last)."""

    wording_key = "empty_range"


class UnknownTagError(UserError):
    """No such tag (fields: text, tags)."""

    wording_key = "unknown_tag"


class EntryGoneError(UserError):
    """A control leads to an entry that the knowledge base no longer has (fields: name)."""

    wording_key = "entry_gone"


class StaleControlError(UserError):
    """A control's custom_id is of no form this version knows."""

    wording_key = "stale_control"


class SearchTooLongError(UserError):
    """The options together do not fit into a control's custom_id."""

    wording_key = "search_too_long"
