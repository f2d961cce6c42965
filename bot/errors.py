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


class StoreError(DetenteError):
    """The database cannot be opened, read or written; the text says what happened and what to do. Nothing was changed."""

    exit_code = 4


class SchemaTooNewError(StoreError):
    """The database was written by a newer version of the bot; this one leaves it alone."""


class StoreBusyError(StoreError):
    """Another process held the database for longer than the bot waits; the same may succeed later."""


class DeliveryError(DetenteError):
    """A message could not be sent now, or it is not known whether it was; `retry_after` is in seconds where Discord named one."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """Keep what to say in the ledger and how long to wait at least."""
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(reason)


class NotTriedError(DeliveryError):
    """A message was not even tried: nothing can have been posted."""


class DiscordUnreachableError(DetenteError):
    """Discord could not be reached, or the connection to it was lost for good."""

    exit_code = 5


class WorkEndedError(DetenteError):
    """A loop that must never end has ended; the process ends too, so that its supervisor starts it anew."""

    def __init__(self, work: str) -> None:
        """Name the work that ended."""
        super().__init__(
            f"The bot's work “{work}” ended, which it never should; the log above says how. The bot ends so that it can be started anew."
        )


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


class UnknownCountryError(UserError):
    """No country goes by this name or one like it (fields: text)."""

    wording_key = "unknown_country"


class SameCountryError(UserError):
    """Both options mean the same state (fields: names)."""

    wording_key = "same_country"


class YearOutOfRangeError(UserError):
    """The date of a question about treaties lies before they are known here, or in the future (fields: text, first, last)."""

    wording_key = "year_out_of_range"


class TopicAndCountryError(UserError):
    """A topic and a country (or a year) were both given."""

    wording_key = "topic_and_country"


class TooManySubscriptionsError(UserError):
    """The server has as many subscriptions as it may (fields: limit)."""

    wording_key = "too_many_subscriptions"


class AlreadySubscribedError(UserError):
    """The channel has a subscription to the same already (fields: channel)."""

    wording_key = "already_subscribed"


class SubscriptionGoneError(UserError):
    """There is no such subscription in this server (any more)."""

    wording_key = "subscription_gone"


class NothingAheadError(UserError):
    """A subscription has no date ahead that an alert could be about."""

    wording_key = "nothing_ahead"


class BadLeadsError(UserError):
    """The lead days cannot be read (fields: text, most, days)."""

    wording_key = "bad_leads"


class BadTimeError(UserError):
    """The hour cannot be read (fields: text)."""

    wording_key = "bad_time"


class BadUntilError(UserError):
    """The end of a pause cannot be read or is past (fields: text)."""

    wording_key = "bad_until"


class UnknownZoneError(UserError):
    """No such time zone or city (fields: text)."""

    wording_key = "unknown_zone"


class UnknownSelectorError(UserError):
    """Neither a tag nor a deadline (fields: text, tags)."""

    wording_key = "unknown_selector"


class NoteTooLongError(UserError):
    """A note is too long (fields: length, most)."""

    wording_key = "note_too_long"


class NotManagerError(UserError):
    """The person may not manage the server, or this is no server."""

    wording_key = "not_manager"


class ChannelRefusedError(UserError):
    """The bot cannot post where it was asked to (fields: channel, missing)."""

    wording_key = "channel_refused"


class RoleRefusedError(UserError):
    """The bot could not ping the role (fields: role, channel)."""

    wording_key = "role_refused"


class EveryoneRefusedError(UserError):
    """The person may not mention everyone, or the role, there."""

    wording_key = "everyone_refused"


class CannotPublishError(UserError):
    """Only announcement channels publish (fields: channel)."""

    wording_key = "cannot_publish"


class WrongChannelError(UserError):
    """No text can be posted in a channel of this kind (fields: channel)."""

    wording_key = "wrong_channel"


class NotAdministratorError(UserError):
    """The person does not administer the bot."""

    wording_key = "not_administrator"


class AdministratorsUnknownError(UserError):
    """Discord did not say in time who administers the bot, so nobody is let in."""

    wording_key = "administrators_unknown"


class StaleCommandError(UserError):
    """Discord still offers a command that this version, or these settings, no longer have."""

    wording_key = "stale_command"


class StaleContentError(UserError):
    """Another content came into use meanwhile: what was to be done rests on an older one."""

    wording_key = "stale_content"


class NothingToReturnToError(UserError):
    """No earlier content is kept."""

    wording_key = "nothing_to_return_to"


class CooldownError(UserError):
    """The person has used more commands and clicks within a minute than are answered (fields: until, in Unix seconds)."""

    wording_key = "cooldown"


class ServerCooldownError(UserError):
    """In the server more commands and clicks were used within a minute than are answered (fields: until, in Unix seconds)."""

    wording_key = "server_cooldown"
