"""Texts of the content stay texts: nothing in them links, mentions, hides or reaches past its own place in a card."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.checking import check
from bot.knowledge.loading import load
from bot.knowledge.texts import find_invisible, list_faults, list_faults_of_wording
from tests.conftest import CONTENT
from tests.small import NOW, SMALL, WORDING, write_content

REFUSED = [
    ("See https://example.org/x.", "this holds a link"),
    ("See HTTP://example.org.", "this holds a link"),
    ("See discord://-/settings.", "this holds a link"),
    ("See [this](x).", "this holds a link"),
    ("Join discord.gg/abcdef.", "this holds a link"),
    ("Join Discord.com/invite/abcdef.", "this holds a link"),
    ("Join discordapp.com/invite/abcdef.", "this holds a link"),
    ("It was @everyone.", "a mention or an emoji"),
    ("It was @here.", "a mention or an emoji"),
    ("It was <@1234>.", "a mention or an emoji"),
    ("It was <@&1234>.", "a mention or an emoji"),
    ("It was <#1234>.", "a mention or an emoji"),
    ("It was <:sad:1234>.", "a mention or an emoji"),
    ("It was <a:sad:1234>.", "a mention or an emoji"),
    ("See <id:customize>.", "a mention or an emoji"),
    ("It was <t:1234:R>.", "a time, a command or a tag"),
    ("Ask </allies:1234>.", "a time, a command or a tag"),
    ("Call <+3225551234>.", "a time, a command or a tag"),
    ("Write <someone@example.org>.", "a time, a command or a tag"),
    ("It is `so`.", "markdown"),
    ("```", "markdown"),
    ("It is \\*so.", "markdown"),
    ("It ends with \\", "markdown"),
    ("It is ||so||.", "markdown"),
    ("It is ~~so~~.", "markdown"),
    ("It is __so__.", "markdown"),
    ("It is _so_.", "markdown"),
    ("It is so_", "markdown"),
    ("_so", "markdown"),
    ("# So", "a heading, a quote or a list"),
    ("### So", "a heading, a quote or a list"),
    ("> So", "a heading, a quote or a list"),
    (">>> So", "a heading, a quote or a list"),
    ("-# So", "a heading, a quote or a list"),
    ("- So", "a heading, a quote or a list"),
    ("  - So", "a heading, a quote or a list"),
    ("+ So", "a heading, a quote or a list"),
    ("1. So", "a heading, a quote or a list"),
    ("2026) So", "a heading, a quote or a list"),
    ("It is *so*.", "asterisks are markdown"),
    ("It is **so.", "asterisks are markdown"),
    ("One.\n\nTwo.", "only the body has paragraphs"),
    ("It is [so.", "the square brackets do not pair"),
    ("It is ]so[.", "the square brackets do not pair"),
]

TAKEN = [
    "US-Russia talks, 50% of them - or so – at “Elbe”; cost: $5 (€4), §2 & more!",
    "A #hashtag, 2026: a year, 12.5 and 3) of them",
    "9 March 2026: talks. 5 < 6 > 4 and <5%",
    "Treaty between the U.S. [sic] and the USSR [of 1972]",
    "snake_case stays, so do a~b, a|b and someone@example.org",
    "Ukraine’s Дума 中国 naïve 🔴 ⏸️",
    "-5 degrees, +3 points, #1 of all",
    "It happened at here and everyone knew",
]

EMPHATIC = [
    ("It is *so*.", True),
    ("It is **so**, *very* **so so**.", True),
    ("**US laws.** One.\n\n**EU.** Two.", True),
    ("It is **so.", False),
    ("It is *so.", False),
    ("It is **so*.", False),
    ("It is ***so***.", False),
    ("It is **so *very* so**.", False),
    ("It is **so.\n\nAnd** so.", False),
    ("It is * so *.", False),
    ("One.\n\n# Two.", False),
    ("One.\n- Two.", False),
]

INVISIBLE = [
    "\u200b",
    "\u200d",
    "\u200e",
    "\u202e",
    "\u2066",
    "\u2069",
    "\u00ad",
    "\u2028",
    "\ufeff",
    "\U000e0041",
    "\u3164",
    "\0",
    "\x1b",
    "\x7f",
]


@pytest.mark.parametrize(("text", "fault"), REFUSED)
def test_what_would_not_stay_a_text_is_refused(text: str, fault: str) -> None:
    """A link, a mention, a hidden command or a mark of Discord's in a text is told, with the keys that lead to it."""
    found = list(list_faults({"facts": [{"text": text}]}))
    assert [keys for keys, _ in found] == [("facts", 0, "text")] * len(found)
    assert any(fault in message for _, message in found), found


@pytest.mark.parametrize("text", TAKEN)
def test_what_people_write_is_taken(text: str) -> None:
    """Ordinary punctuation, other scripts and signs that Discord leaves alone are no fault."""
    assert list(list_faults({"summary": text})) == []


@pytest.mark.parametrize(("text", "is_sound"), EMPHATIC)
def test_a_body_may_stress_words_in_pairs(text: str, *, is_sound: bool) -> None:
    """In the body of a topic asterisks may stand in pairs within a paragraph, and nothing else may begin or stay open."""
    assert (list(list_faults({"body": text})) == []) is is_sound


@pytest.mark.parametrize("character", INVISIBLE)
@pytest.mark.parametrize("name", ["title", "url"])
def test_nothing_in_a_value_is_invisible(character: str, name: str) -> None:
    """A character that nobody sees, or that turns the order of others, is told by its number, in addresses too."""
    assert [f"U+{ord(character):04X}" in message for _, message in list_faults({name: f"a{character}b"})] == [True]


@given(st.text())
def test_what_is_told_as_visible_is_so(text: str) -> None:
    """The quick look at plain text finds just what the long one finds."""
    padded = text + "é"
    assert find_invisible(text) == find_invisible(padded)


def test_markdown_in_the_wording_is_the_bots_own() -> None:
    """Wording may use markdown, but it mentions nobody and hides nothing."""
    assert list(list_faults_of_wording({"a": {"b": "## **So** `x` [y](z)"}})) == []
    assert [keys for keys, _ in list_faults_of_wording({"a": {"b": "<@1>", "c": "x\u202ey", "d": "@here"}})] == [
        ("a", "b"),
        ("a", "c"),
        ("a", "d"),
    ]


def test_faults_are_told_at_their_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fault of a text is told with file, line and column, in entries and in the wording, escapes of YAML included."""
    monkeypatch.chdir(tmp_path)
    events = SMALL["events/all.yaml"].replace("They shook hands on a broken bridge.", r'"They \u202eshook [hands](x)"')
    words = WORDING.replace("today: today", r'today: "to\u200bday"')
    told = [
        str(p) for p in check(load(write_content(Path("content"), {**SMALL, "events/all.yaml": events, "wording/en.yaml": words})), NOW)
    ]
    line = next(n for n, text in enumerate(words.splitlines(), 1) if "u200b" in text)
    assert told == [
        "content/events/all.yaml:4:12: there is an invisible character here (U+202E): take it out",
        "content/events/all.yaml:4:12: this holds a link: an address stands in the url of a source, and nowhere else",
        f"content/wording/en.yaml:{line}:10: there is an invisible character here (U+200B): take it out",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "ftp://example.org",
        "javascript://example.org",
        "https://",
        "https://localhost",
        "https://somebody@example.org",
        "https://example.org:99999999",
        "https://[::1]/",
        "https://example.org/a b",
        "https://example.org/a(b",
        "https://example.org/<b>",
        "https://example.org/a`b",
        "https://example.org/a||b",
        "https://example.org/a\\\\b",
    ],
)
def test_addresses_are_https_and_plain(tmp_path: Path, url: str) -> None:
    """An address of another scheme, with a user, without a real host, or that would end its link early is told at its place."""
    text = SMALL["sources/all.yaml"].replace("https://example.org/treaties", f'"{url}"')
    told = [str(p) for p in check(load(write_content(tmp_path, {**SMALL, "sources/all.yaml": text})), NOW)]
    assert [t.partition(": ")[0] for t in told] == [f"{tmp_path}/sources/all.yaml:4:8"]
    assert "url: must be an address that begins with https://" in told[0]


def test_every_address_of_the_real_content_is_https() -> None:
    """No source of the bot's own content sends anybody over an open line."""
    knowledge = load(CONTENT).knowledge
    assert knowledge
    assert {source.url.partition(":")[0] for source in knowledge.sources} == {"https"}
