"""The tests' own Discord: a server on loopback for the real bot, over real HTTP and WebSocket; see docs/loopback.md."""

from __future__ import annotations

from tests.loopback.faults import Fault
from tests.loopback.interactions import Answer, Visitor
from tests.loopback.limits import CROSSPOST, POST_MESSAGE, Limits
from tests.loopback.messages import Message
from tests.loopback.permissions import USUAL, Overwrite, Permission
from tests.loopback.places import ANN, BOT, OWNER, Channel, ChannelType, Guild, Role, User
from tests.loopback.server import TOKEN, Loopback, serve

__all__ = [
    "ANN",
    "BOT",
    "CROSSPOST",
    "OWNER",
    "POST_MESSAGE",
    "TOKEN",
    "USUAL",
    "Answer",
    "Channel",
    "ChannelType",
    "Fault",
    "Guild",
    "Limits",
    "Loopback",
    "Message",
    "Overwrite",
    "Permission",
    "Role",
    "User",
    "Visitor",
    "serve",
]
