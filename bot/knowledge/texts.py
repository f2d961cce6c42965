"""What a text of the content may hold, so that it stays a text: no link, no mention, no markdown that escapes its card.

Several values stand in one text of a card, together with the bot's own words: what one of them leaves open would swallow what
follows it, and a line that begins with a mark of Discord's would pass for the bot's own heading or list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Keys = tuple[int | str, ...]
"""What leads to a value inside an entry: names of keys and numbers of items."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for tab and line feed
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\ufffe\uffff\U000e0000-\U000e0fff]"  # halves of characters, no characters, and tags that nobody sees
)
_MENTION = re.compile(r"@(?=everyone|here)|<(?:[@#:]|a:|id:)")
_LINK = re.compile(r"\w://|\]\(|\bdiscord(?:app)?\.(?:gg|com/invite)\b", re.IGNORECASE)
_TAG = re.compile(r"<(?=[A-Za-z/+!&])(?!a:|id:)")  # <t:0>, </command:0> and whatever Discord may read next
_MARKDOWN = re.compile(r"[`\\]|\|\||~~|__|(?<!\w)_|_(?!\w)")
_LINE_MARK = re.compile(r"^[^\S\n]*(?:#{1,6}\s|>|-#|[-*+•]\s|\d+[.)]\s)", re.MULTILINE)
_PAIRED = re.compile(r"\*\*[^\s*](?:[^*\n]*[^\s*])?\*\*(?!\*)|\*[^\s*](?:[^*\n]*[^\s*])?\*(?!\*)")
_BRACKETS = re.compile(r"[][]")
_SUSPECT = re.compile(r"[*`\\|~_<@\[\]\n]")

_PARAGRAPHS = "body"
_EMPHATIC = frozenset((_PARAGRAPHS, "caveat"))
"""Texts that cards never cut nor set in bold, where asterisks in pairs may stress a word."""

_MENTIONS = (_MENTION, "this would read as a mention or an emoji on Discord: write it in words")
_RULES = (
    _MENTIONS,
    (_LINK, "this holds a link: an address stands in the url of a source, and nowhere else"),
    (_TAG, "this would read as a time, a command or a tag on Discord: write it in words"),
    (_MARKDOWN, "this would read as markdown on Discord: write it without `, \\, ||, ~~, __, and without _ at the edge of a word"),
    (_LINE_MARK, "this begins like a heading, a quote or a list on Discord: begin with a word"),
)


def find_invisible(text: str) -> int | None:
    """Return where the first character stands that nobody sees and that may turn what others read, or None."""
    found = None if text.isascii() and text.isprintable() else _INVISIBLE.search(text)
    return found.start() if found else None


def describe_invisible(character: str) -> str:
    """Say what to do about a character that `find_invisible` found."""
    return f"there is an invisible character here (U+{ord(character):04X}): take it out"


def list_faults(value: Any) -> Iterator[tuple[Keys, str]]:  # noqa: ANN401 - whatever the YAML holds
    """Yield what is wrong with the texts of an entry, each with the keys that lead to it."""
    for keys, text in _strings(value):
        yield from ((keys, fault) for fault in _invisible(text))
        if "url" not in keys:
            yield from ((keys, fault) for fault in _faults(text.strip(), str(next((k for k in reversed(keys) if isinstance(k, str)), ""))))


def list_faults_of_wording(value: Any) -> Iterator[tuple[Keys, str]]:  # noqa: ANN401 - whatever the YAML holds
    """Yield what is wrong with lines of the wording, whose markdown is the bot's own."""
    for keys, text in _strings(value):
        yield from ((keys, fault) for fault in _invisible(text))
        if _MENTION.search(text):
            yield keys, _MENTIONS[1]


def _strings(value: Any, path: Keys = ()) -> Iterator[tuple[Keys, str]]:  # noqa: ANN401 - YAML
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _strings(inner, (*path, key))


def _invisible(text: str) -> Iterator[str]:
    at = find_invisible(text)
    if at is not None:
        yield describe_invisible(text[at])


def _faults(text: str, name: str) -> Iterator[str]:
    """Yield what is wrong with the text of the key `name`."""
    if not (_SUSPECT.search(text) or "://" in text or "discord" in text.lower() or _LINE_MARK.match(text)):
        return  # nearly every text; what follows is slower
    for rule, message in _RULES:
        if rule.search(text):
            yield message
    if "*" in (_PAIRED.sub("", text) if name in _EMPHATIC else text):
        where = " and ".join(sorted(_EMPHATIC))
        yield f"asterisks are markdown on Discord: they may stress words in {where}, in pairs that hold no other, *so* or **so**"
    if "\n" in text and name != _PARAGRAPHS:
        yield f"only the {_PARAGRAPHS} has paragraphs: write this without empty lines"
    if not _is_balanced(text):
        yield "the square brackets do not pair: what follows them would read as part of a link on Discord"


def _is_balanced(text: str) -> bool:
    depth = 0
    for bracket in _BRACKETS.findall(text):
        depth += 1 if bracket == "[" else -1
        if depth < 0:
            return False
    return depth == 0
