"""What people type comes back as plain text: in replies that all see and in alerts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.layout import as_text
from tests.chat.reading import text_of

if TYPE_CHECKING:
    from tests.chat.alerting import Harbor
    from tests.chat.conftest import World

TWO_LINKS = "[a](https://a.example) [free gifts](https://b.example)"
TURNED = "\u202egnp.exe\u202c"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (TWO_LINKS, "\\[a](https://a.example) \\[free gifts](https://b.example)"),
        ("https://a.example/_[x](https://b.example)", "https://a.example/_\\[x](https://b.example)"),
        ("https://a.example/\\[x](https://b.example)", "https://a.example/\\\\\\[x](https://b.example)"),
        ("https://a.example/b_c_d", "https://a.example/b_c_d"),
        ("**a** _b_ `c` ||d|| ~~e~~", "\\*\\*a\\*\\* \\_b\\_ \\`c\\` \\|\\|d\\|\\| \\~\\~e\\~\\~"),
        ("# a\n> b\n- c\n  -# d\n+ e", "\\# a\n\\> b\n\\- c\n  \\-# d\n\\+ e"),
        ("@everyone @here <@12345678901234567>", "@\u200beveryone @\u200bhere \\<@\u200b12345678901234567>"),
        ("<t:0:R> </ban:12345678901234567> <a:x:1>", "\\<t:0:R> \\</ban:12345678901234567> \\<a:x:1>"),
        (TURNED + "\x1b[31m\x00", "gnp.exe\\[31m"),
        ("Z" + "\u0321" * 50 + "y", "Z" + "\u0321" * 3 + "y"),
        ("Việt Nam, 1 < 2, a-b, C#, שלום, Zürich", "Việt Nam, 1 < 2, a-b, C#, שלום, Zürich"),
    ],
)
def test_marks_lose_their_effect_and_words_stay(typed: str, shown: str) -> None:
    """Links in disguise (each of them), marks, mentions, turned and piled-up letters have no effect; plain words and addresses stay."""
    assert as_text(typed) == shown


@given(st.text(alphabet="[]()<>@&!#:/\\*_~|`ab h.\n\u202e\u0301ptse", max_size=60))
def test_no_bracket_of_a_link_is_ever_left_open(typed: str) -> None:
    """Whatever is typed, each bracket that could begin a link has an odd number of backslashes before it."""
    for found in re.finditer(r"(\\*)\[", as_text(typed)):
        assert len(found[1]) % 2 == 1, as_text(typed)


async def test_a_public_answer_repeats_nothing_that_acts(world: World) -> None:
    """Who asks in nonsense gets it back before all eyes as text: no second link in disguise, no mention, nothing turned around."""
    for text in (f"{TWO_LINKS} @everyone", f"verdict {TURNED} {TWO_LINKS}"[:100]):
        said = text_of(await world.ann.slash("allies", topic=text))
        assert "\u202e" not in said
        assert "@everyone" not in said
        assert not re.search(r"(?<!\\)\[(a|free)", said)


async def test_a_note_acts_no_more_than_any_other_text(harbor: Harbor) -> None:
    """What a manager writes below the alerts is shown as it was written, too."""
    kept = await harbor.subscribe(note=f"@everyone {TWO_LINKS}{TURNED}")
    said = text_of(await harbor.ann.slash("alerts edit", subscription=str(kept.id), leads="1"))
    assert "@\u200beveryone \\[a](https://a.example) \\[free gifts](https://b.example)gnp.exe" in said
