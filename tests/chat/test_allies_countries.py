"""`/allies` with countries and a date, as people use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.chat.reading import Answer, labels_of, text_of

if TYPE_CHECKING:
    from tests.chat.conftest import World

CAUTION = re.compile(r"-# A treaty answer as of \d+ \w+ 2026, not a forecast of what they would do\.")

RELATIONS: list[tuple[dict[str, str], tuple[str, ...]]] = [
    ({"country": "Japan"}, ("## Japan and the United States", "**Treaty allies**, as of ", "Article V", "since 23 June 1960")),
    ({"with": "Japan"}, ("## Japan and the United States", "**Treaty allies**, as of ")),
    ({"country": "PRK", "with": "россия"}, ("## North Korea and Russia", "**Treaty allies**, as of ", "Article 4")),
    (
        {"country": "Austria", "with": "France"},
        ("## Austria and France", "Only through: Treaty on European Union, Article 42(7)", "neutral by its constitution"),
    ),
    (
        {"country": "New Zealand", "year": "1990"},
        (
            "**No formal alliance (former treaty allies)**, in 1990 (told for 1 July 1990)",
            "suspended between the two",
            "nuclear",
            "since 11 August 1986",
        ),
    ),
    (
        {"country": "Russia", "year": "1943"},
        (
            "## Russia and the United States",
            "**Same side in a wartime coalition**, in 1943 (told for 1 July 1943)",
            "not bound by a lasting treaty of mutual defence",
            "On that day the state was the Soviet Union, asked for here as Russia",
            "**Declaration by United Nations**",
        ),
    ),
    ({"year": "1943"}, ("the Soviet Union", "**Same side in a wartime coalition**, in 1943")),
    ({"country": "Russia", "year": "1970"}, ("**No formal alliance (once in one wartime coalition)**, in 1970",)),
    ({"country": "Japan", "year": "1943-06"}, ("**No formal alliance**, in June 1943 (told for 15 June 1943)",)),
    ({"country": "Japan", "year": "25 December 1991"}, ("**Treaty allies**, on 25 December 1991",)),
    ({"country": "Japan", "year": "1960"}, ("**It changed within 1960:**", "**23 June 1960**")),
    ({"country": "Armenia", "with": "Russia"}, ("**Treaty allies**, as of ", "frozen", "**Between the two**")),
    (
        {"country": "Qatar"},
        ("**A one-sided pledge**, as of ", "an agreement of governments or an order of one, not a treaty", "(pledges protection)"),
    ),
    ({"country": "Abkhazia", "with": "Russia"}, ("**Treaty allies**, as of ", "**Contested:**")),
    ({"country": "  ", "with": "Japan", "year": " "}, ("## Japan and the United States", "**Treaty allies**, as of ")),
    ({"topic": "Are Austria and France allies?"}, ("## Austria and France", "**Treaty allies**, as of ")),
    ({"topic": "are japan and the us allies"}, ("## Japan and the United States", "**Treaty allies**, as of ")),
    ({"topic": "japan us 1955"}, ("## Japan and the United States", "**A one-sided pledge**, in 1955")),
    ({"topic": "25 December 1991 austria france"}, ("## Austria and France", "on 25 December 1991")),
    ({"topic": "japan", "year": " "}, ("## Japan and the United States", "**Treaty allies**, as of ")),
    ({"topic": " ", "country": "Japan"}, ("## Japan and the United States", "**Treaty allies**, as of ")),
    ({"country": "Switzerland", "with": "Austria"}, ("**No formal alliance**, as of ",)),
]
"""Options, and what the card says among other things."""

REFUSALS: list[tuple[dict[str, str], str]] = [
    ({"country": "Japan", "with": "JPN"}, "That is one and the same state"),
    ({"country": "Russia", "with": "USSR", "year": "1950"}, "That is one and the same state: Russia, Soviet Union"),
    ({"country": "Japan", "with": "Japn"}, "That is one and the same state: Japan"),
    ({"country": "Gaza"}, "I know no country called “Gaza”"),
    ({"country": "zzzzqqq"}, "I know no country called “zzzzqqq”"),
    ({"country": "Japan", "with": "**zzzzqqq**"}, "I know no country called “\\*\\*zzzzqqq\\*\\*”"),
    ({"country": "Japan", "year": "soon"}, "“soon” is not a date I can read"),
    ({"country": "Japan", "year": "1991-02-30"}, "“1991-02-30” is not a date I can read"),
    ({"country": "Japan", "year": "1814"}, "“1814” lies outside what I can answer: treaties are told here from 1815 to 22 November 2026"),
    ({"country": "Japan", "year": "2027"}, "“2027” lies outside what I can answer"),
    ({"country": "Japan", "year": "2026-11-23"}, "“2026-11-23” lies outside what I can answer"),
    ({"topic": "china", "country": "Japan"}, "Please ask for a topic or for countries and a year, not both at once"),
    ({"topic": "china", "with": "Japan"}, "Please ask for a topic or for countries and a year, not both at once"),
    ({"topic": "china", "year": "1943"}, "Please ask for a topic or for countries and a year, not both at once"),
]
"""Options that cannot be answered, and what is said instead."""


@pytest.mark.parametrize(("options", "said"), RELATIONS, ids=str)
async def test_two_countries_are_told_by_their_treaties(world: World, options: dict[str, str], said: tuple[str, ...]) -> None:
    """The card says to everybody what the two are by treaty, by which one, since when, what is set aside, and that it is no forecast."""
    answer = await world.ann.slash("allies", **options)
    text = text_of(answer)
    assert [part for part in said if part not in text] == []
    assert CAUTION.search(text)
    assert not answer.is_private


@pytest.mark.parametrize(("options", "said"), REFUSALS, ids=str)
async def test_what_cannot_be_asked_gets_a_clear_private_answer(world: World, options: dict[str, str], said: str) -> None:
    """What does not fit is named only to the one who typed it, with what can be asked instead."""
    answer = await world.ann.slash("allies", **options)
    assert said in answer.content
    assert answer.is_private


@pytest.mark.parametrize("options", [{"country": "Japan"}, {"country": "Korea"}, {"country": "Ukraine", "year": "1970"}])
async def test_private_answers_about_countries_are_private(world: World, options: dict[str, str]) -> None:
    """`private:True` keeps the relation, the question which country is meant, and the absence from all others."""
    assert (await world.ann.slash("allies", **options, private=True)).is_private


@pytest.mark.parametrize(
    "options", [{"country": "United States", "with": "Russia"}, {"country": "RU"}, {"with": "Russland"}, {"with": "USSR"}, {"year": "  "}]
)
async def test_the_two_of_the_verdict_are_answered_with_it(world: World, options: dict[str, str]) -> None:
    """Russia and the United States today, in either order, give the verdict's own card."""
    assert text_of(await world.ann.slash("allies", **options)) == text_of(await world.ann.slash("allies"))


async def test_an_alliance_for_a_country_is_offered_itself(world: World) -> None:
    """NATO is no country; one click on its treaty tells who is in it."""
    answer = await world.ann.slash("allies", country="Japan", **{"with": "NATO"})
    assert "### “NATO” is no country" in text_of(answer)
    assert "## North Atlantic Treaty" in text_of(await world.ann.click(answer, label="North Atlantic Treaty"))


async def test_the_home_country_alone_is_asked_for_all_its_allies(world: World) -> None:
    """The United States alone gives the list of its allies, in any year."""
    assert "## Who are the allies of the United States?" in text_of(await world.ann.slash("allies", country="USA"))
    text = text_of(await world.ann.slash("allies", country="USA", year="1943"))
    assert "**Declaration by United Nations** · Same side in a wartime coalition" in text
    assert "in 1943" in text


async def test_a_state_before_its_time_offers_its_predecessor(world: World) -> None:
    """Ukraine in 1970 was no state; one click asks the same of the Soviet Union, for the same year."""
    answer = await world.ann.slash("allies", country="Ukraine", year="1970")
    text = text_of(answer)
    assert "**Ukraine was not yet a state** in 1970" in text
    assert "alliance" not in text
    followed = text_of(await world.ann.click(answer, "Soviet Union – United States"))
    assert "## Soviet Union and the United States" in followed
    assert "in 1970 (told for 1 July 1970)" in followed


async def test_a_state_after_its_time_offers_those_that_followed(world: World) -> None:
    """Yugoslavia today is no state any more; each of its successors can be asked about."""
    answer = await world.ann.slash("allies", country="Yugoslavia", **{"with": "Albania"})
    assert "was no longer a state**" in text_of(answer)
    options = [o["label"] for c in answer.components[0]["components"] for r in c.get("components", ()) for o in r.get("options", ())]
    offered = [*labels_of(answer), *options]
    assert [name for name in ("Serbia", "Croatia", "Slovenia") if not any(label.startswith(name) for label in offered)] == []


@pytest.mark.parametrize("label", ["North Korea", "South Korea"])
async def test_an_ambiguous_name_asks_which_is_meant(world: World, label: str) -> None:
    """Korea asks which, and a click on either answers for it."""
    answer = await world.ann.slash("allies", country="Korea")
    assert "“Korea” may mean several countries" in text_of(answer)
    assert list(labels_of(answer)) == ["North Korea", "South Korea"]
    assert f"## {label} and the United States" in text_of(await world.ann.click(answer, label))


async def test_an_ambiguous_name_keeps_the_rest_of_the_question(world: World) -> None:
    """Which Congo is asked for the year and the other country that were typed."""
    answer = await world.ann.slash("allies", country="France", year="1970", **{"with": "Congo"})
    assert "“Congo” may mean several countries" in text_of(answer)
    followed = text_of(await world.ann.click(answer, "France – Republic of the Congo"))
    assert "## France and the Republic of the Congo" in followed
    assert "in 1970" in followed


async def test_a_misspelt_name_offers_what_it_resembles(world: World) -> None:
    """A name with a slip is not guessed: the card offers what it is like, and a click answers."""
    answer = await world.ann.slash("allies", country="Japn")
    assert "No country goes by “Japn”" in text_of(answer)
    assert "## Japan and the United States" in text_of(await world.ann.click(answer, "Japan"))


async def test_markup_in_a_misspelt_name_is_text(world: World) -> None:
    """What was typed is shown as typed, and mentions nobody."""
    text = text_of(await world.ann.slash("allies", country="**Germny**"))
    assert "\\*\\*Germny\\*\\*" in text


async def test_countries_are_answered_in_direct_messages(world: World) -> None:
    """Two countries can be asked about outside servers as well."""
    user = world.env.create_user("cat")
    assert "**Treaty allies**" in text_of(Answer.of(await user.slash("allies", country="Japan")))


@pytest.mark.parametrize("option", ["country", "with"])
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("", "GB"),
        ("kor", "KR"),
        ("PRK", "KP"),
        ("россия", "RU"),
        ("usa", "US"),
        ("UK", "GB"),
        ("Turkey", "TR"),
        ("soviet", "SU"),
        ("日本", "JP"),
        ("ivory", "CI"),
    ],
)
async def test_countries_are_suggested_while_typing(world: World, option: str, typed: str, first: str) -> None:
    """Names, codes, aliases and other languages' names suggest the country; what is sent back is its code."""
    choices = await world.ann.suggestions("allies", option, typed)
    assert choices[0] == first
    assert len(choices) == len(set(choices)) <= 25


@pytest.mark.parametrize(("typed", "expected"), [("kor", {"KP", "KR", "X-KO"}), ("congo", {"CD", "CG"}), ("zzzzqqq", set())])
async def test_every_country_of_a_name_is_suggested(world: World, typed: str, expected: set[str]) -> None:
    """An ambiguous beginning suggests all that bear it, an unknown one nothing."""
    assert set(await world.ann.suggestions("allies", "country", typed)) == expected


async def test_a_state_that_is_gone_is_suggested_with_its_years(world: World) -> None:
    """The Soviet Union is told apart by its years."""
    choices = await world.ann.actor.autocomplete(world.channel, "allies", "with", "ussr")
    assert [choice["name"] for choice in choices] == ["Soviet Union (1922–1991)"]
