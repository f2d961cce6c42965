"""Two Discords to play the same situations on: the made-up one, and the real discord.py on the loopback."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from bot.domain.sharding import Sharding
from bot.errors import DeliveryError
from tests.loopback import POST_MESSAGE, Fault, Permission
from tests.simulation.discord_world import World
from tests.simulation.journal import true_time
from tests.simulation.messenger import DirectLine, SimulatedMessenger
from tests.test_hearing import Heard, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.services.messaging import Messenger
    from tests.loopback import Loopback


class Stage(Protocol):
    """A Discord on which situations are played."""

    messenger: Messenger
    guild: int
    channel: int
    role: int
    person: int

    async def change(self, what: str) -> None:
        """Let something happen that the client hears of."""

    def now(self) -> datetime:
        """The time."""

    def count(self) -> int:
        """Return how many messages were stored."""


class Made:
    """The made-up one."""

    def __init__(self) -> None:
        """Begin with a server, a channel and a role."""
        self.world, self.faults = World(), ""
        guild = self.world.add_guild()
        self._channel, self.role, self.person = self.world.add_channel(guild), self.world.add_role(guild), 100
        self.guild, self.channel = guild.id, self._channel.id
        self.messenger: Messenger = SimulatedMessenger(self.world, self, Sharding(count=1, ids=(0,)))
        self.is_open = True

    async def ask(self, place: int, take: Callable[[], int]) -> int:
        """Fail once where that was asked for."""
        fault, self.faults = self.faults, ""
        answer = 0 if fault in {"503", "reset"} else await DirectLine().ask(place, take)
        if fault:
            raise DeliveryError(fault)
        return answer

    async def change(self, what: str) -> None:
        """Let something happen."""
        guild, channel = self.world.guilds[self.guild], self._channel
        changes: dict[str, Callable[[], Any]] = {
            "no view": lambda: setattr(channel, "can_view", False),
            "no send": lambda: setattr(channel, "can_send", False),
            "no read": lambda: setattr(channel, "can_read", False),
            "refuses": lambda: setattr(channel, "refuses", True),
            "no channel": lambda: self.world.delete_channel(channel),
            "no role": guild.roles.clear,
            "no server": lambda: setattr(guild, "is_present", False),
            "outage": lambda: setattr(guild, "is_available", False),
            "door": lambda: self.world.closed_doors.add(self.person),
        }
        if what in changes:
            changes[what]()
        else:
            self.faults = what

    def now(self) -> datetime:
        """The made-up time."""
        return true_time()

    def count(self) -> int:
        """Return how many messages were stored."""
        return len(self.world.by_id)


class Real:
    """The real discord.py on the loopback."""

    def __init__(self, discord: Loopback, heard: Heard) -> None:
        """Begin with a server, a channel and a role, all new."""
        self._discord, self._heard = discord, heard
        self.messenger: Messenger = heard.messenger
        self._guild = discord.add_guild()
        self._channel, self._role = discord.add_channel(self._guild), discord.add_role(self._guild)
        self._person, self._before = discord.add_user("person"), len(discord.messages)
        self.guild, self.channel, self.role, self.person = self._guild.id, self._channel.id, self._role.id, self._person.id

    async def wait(self) -> None:
        """Wait until the client knows the role, which comes last."""
        await until(self._discord, lambda: (found := self._heard.client.get_guild(self.guild)) and found.get_role(self.role))

    async def change(self, what: str) -> None:
        """Let something happen, and wait until the client has heard of it."""
        discord, client = self._discord, self._heard.client
        found = client.get_guild(self.guild)
        assert found is not None
        forbidden = {"no view": Permission.VIEW_CHANNEL, "no send": Permission.SEND_MESSAGES, "no read": Permission.READ_MESSAGE_HISTORY}
        if what in forbidden:
            discord.forbid(self._channel, forbidden[what])
            await until(discord, lambda: not self._may(forbidden[what]))
        elif what == "no channel":
            discord.delete_channel(self._channel)
            await until(discord, lambda: found.get_channel(self.channel) is None)
        elif what == "no role":
            discord.delete_role(self._guild, self._role)
            await until(discord, lambda: found.get_role(self.role) is None)
        elif what == "no server":
            discord.remove_guild(self._guild)
            await until(discord, lambda: client.get_guild(self.guild) is None)
        elif what == "outage":
            discord.make_unavailable(self._guild)
            await until(discord, lambda: found.unavailable)
        else:
            self._break(what)

    def _may(self, permission: Permission) -> bool:
        guild = self._heard.client.get_guild(self.guild)
        channel = guild.get_channel(self.channel) if guild else None
        return channel is not None and guild is not None and bool(channel.permissions_for(guild.me).value & permission)

    def _break(self, what: str) -> None:
        if what == "door":
            self._discord.refusing.add(self._person)
            return
        faults = {
            "refuses": Fault(status=400, code=50083, channel=self.channel, route=POST_MESSAGE),
            "503": Fault(status=503, times=1, route=POST_MESSAGE),
            "lost": Fault(reset=True, stored=True, times=1, route=POST_MESSAGE),
            "reset": Fault(reset=True, times=1, route=POST_MESSAGE),
        }
        self._discord.fail(faults[what])

    def now(self) -> datetime:
        """The real time."""
        return datetime.now(UTC)

    def count(self) -> int:
        """Return how many messages were stored."""
        return len(self._discord.messages) - self._before
