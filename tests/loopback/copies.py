"""Guilds by the ten thousand: each is told like a model, with ids of its own, and its JSON is written only when it is sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tests.loopback.places import Guild

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ID = re.compile(r'"(\d{15,20})"')
_YEAR_MS = 365 * 86_400_000


class Model:
    """What copies of a guild tell: its JSON, with gaps where the ids are."""

    def __init__(self, guild: Guild, more: Mapping[str, Any]) -> None:
        """Take a guild as it is now; `more` are further fields of its JSON, such as `emojis`."""
        text = json.dumps({**json.loads(guild.text()), **more}, separators=(",", ":"))
        self._ids = list(dict.fromkeys([guild.id, *guild.roles, *guild.channels]))
        number = {str(known): n for n, known in enumerate(self._ids)}
        self._pieces: list[str | int] = [
            f'"{piece}"' if at % 2 and piece not in number else number.get(piece, piece) for at, piece in enumerate(_ID.split(text))
        ]

    def text(self, first: int) -> str:
        """Return the JSON of the copy whose own id is `first`; its roles and channels have the ids after it."""
        ids = [f'"{first + n}"' for n in range(len(self._ids))]
        return "".join(piece if isinstance(piece, str) else ids[piece] for piece in self._pieces)


@dataclass(slots=True, eq=False)
class Copy(Guild):
    """A guild that the gateway tells like its model; REST knows the guild itself, and nothing within it."""

    is_fleeting: ClassVar[bool] = True
    model: Model | None = None

    def text(self) -> str:
        """Return what GUILD_CREATE tells, written anew each time: ten thousand of them would fill the memory."""
        assert self.model is not None
        return self.model.text(self.id)


def copies(guild: Guild, numbers: range, more: Mapping[str, Any]) -> Iterator[Copy]:
    """Yield copies of a guild; each was made a millisecond before the last, a year ago, so that they spread evenly over shards."""
    model = Model(guild, more)
    for number in numbers:
        yield Copy((guild.id >> 22) - _YEAR_MS - number << 22, f"{guild.name} {number}", model=model)
