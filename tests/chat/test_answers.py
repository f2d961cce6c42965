"""`/allies` as people use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.chat.reading import Answer, labels_of, options_of, text_of

if TYPE_CHECKING:
    from tests.chat.conftest import World


async def test_allies_without_a_topic_answers_with_the_verdict(world: World) -> None:
    """`/allies` says No, to everybody, with the day it is confirmed to and its sources."""
    result = await world.ann.slash("allies")
    text = text_of(result)
    assert not result.is_private
    assert "## Are Russia and the US allies?\n**No" in text
    assert re.search(r"Confirmed to \d+ \w+ 2026\.", text)
    assert re.search(r"\*\*Sources\*\* ¹ \[[^\]]+\]\(<https?://", text)


async def test_private_answers_only_the_one_who_asked(world: World) -> None:
    """`private:True` gives a reply that nobody else sees."""
    assert (await world.ann.slash("allies", private=True)).is_private


async def test_the_next_date_is_told_with_a_timestamp(world: World) -> None:
    """A card names the next deadline that bears on it with Discord's own timestamp, in the future."""
    text = text_of(await world.ann.slash("allies", topic="new-start"))
    stamp = re.search(r"\*\*Next date that bears on it:\*\* .*<t:(\d+):R>", text)
    assert stamp is not None
    assert int(stamp[1]) > world.env.now().timestamp()


async def test_new_start_is_told_as_expired(world: World) -> None:
    """The card says that New START expired on 5 February 2026, and what is not known after."""
    text = text_of(await world.ann.slash("allies", topic="New START"))
    assert "expired on 5 February 2026" in text
    assert "Not known here after" in text


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("new-start", "New START"),
        ("nuw stat", "New START"),
        ("lend lese", "Lend-Lease"),
        ("artcle 5", "Article 5"),
        ("are russia and the us allies?", "Are Russia and the US allies?"),
    ],
)
async def test_text_that_is_no_exact_choice_finds_its_answer(world: World, typed: str, title: str) -> None:
    """Typos, ids and whole questions lead to the right card."""
    assert title in text_of(await world.ann.slash("allies", topic=typed))


async def test_text_that_fits_nothing_offers_three(world: World) -> None:
    """A topic nobody wrote about gets three offers, and one click on an offer answers."""
    result = await world.ann.slash("allies", topic="zzz qqq")
    offers = labels_of(result)
    assert "No answer goes by “zzz qqq”" in text_of(result)
    assert len(offers) == 3
    followed = await world.ann.click(result, label=next(iter(offers)))
    assert "**Key facts**" in text_of(followed)


async def test_what_is_typed_is_shown_as_text_not_as_markup(world: World) -> None:
    """Markdown and mentions in a topic are escaped and ping nobody."""
    text = text_of(await world.ann.slash("allies", topic="**@everyone** zzzz"))
    assert "\\*\\*" in text
    request = world.env.http_requests[-1].json
    assert isinstance(request, dict)
    assert request["data"]["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize(
    ("typed", "expected"), [("", "verdict"), ("new st", "new-start"), ("ukrian", "ukraine-war-and-talks"), ("detente", "detente")]
)
async def test_autocomplete_suggests_while_typing(world: World, typed: str, expected: str) -> None:
    """Suggestions come from titles, aliases and words, forgiving a typo; what they send back is an exact choice."""
    choices = await world.ann.suggestions("allies", "topic", typed)
    assert expected in choices
    assert len(choices) <= 25


async def test_related_answers_stand_in_the_select(world: World) -> None:
    """Choosing another answer in the select turns the same message to it; the first option of the verdict is the history of the two."""
    result = await world.ann.slash("allies")
    message, before = result.id, text_of(result)
    years, *answers = options_of(result)
    followed = await world.ann.pick(result, answers[0])
    assert followed.id == message
    assert text_of(followed) != before
    assert "**Key facts**" in text_of(followed)
    again = await world.ann.pick(await world.ann.slash("allies"), years)
    assert "## United States and Russia, year by year" in text_of(again)


async def test_all_sources_are_listed_with_titles_and_back_leads_back(world: World) -> None:
    """The sources card lists titles and ranks; Back returns to the answer."""
    result = await world.ann.slash("allies")
    before = text_of(result)
    sources = await world.ann.click(result, label="All sources")
    assert re.search(r"1\. \[[^\]]+: [^\]]+\]\(<https?://[^)]+>\) · (primary source|press|research)", text_of(sources))
    back = await world.ann.click(sources, label="Back")
    assert text_of(back) == before


async def test_answers_work_in_direct_messages(world: World) -> None:
    """Commands answer outside servers as well."""
    user = world.env.create_user("cat")
    assert "**No" in text_of(Answer.of(await user.slash("allies")))


async def test_about_says_what_is_kept(world: World) -> None:
    """`/about` names the data kept, the commands, the version and the date of the content."""
    text = text_of(await world.ann.slash("about"))
    for part in ("Data kept.", "/timeline", "Version", "newest statement of"):
        assert part in text
