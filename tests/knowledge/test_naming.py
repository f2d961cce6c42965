"""Names of countries: ours before those of other languages, codes and common short forms, and what is nearly a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.naming import LOCALES, CountryNames
from bot.knowledge.searching import normalize
from tests.domain.books import country

if TYPE_CHECKING:
    from bot.domain.countries import Country
    from bot.knowledge.snapshot import CurrentSnapshot, Snapshot

NAMED = [
    ("United States", "US"),
    ("the United States", "US"),
    ("THE UNITED STATES", "US"),
    ("us", "US"),
    ("U.S.", "US"),
    ("U.S.A.", "US"),
    ("USA", "US"),
    ("America", "US"),
    ("the UK", "GB"),
    ("U.K.", "GB"),
    ("Great Britain", "GB"),
    ("England", "GB"),
    ("Holland", "NL"),
    ("the Netherlands", "NL"),
    ("Gambia", "GM"),
    ("The Gambia", "GM"),
    ("St. Lucia", "LC"),
    ("Turkey", "TR"),
    ("turkiye", "TR"),
    ("Türkiye", "TR"),
    ("USSR", "SU"),
    ("U.S.S.R.", "SU"),
    ("Soviet Union", "SU"),
    ("ROK", "KR"),
    ("DPRK", "KP"),
    ("KOR", "KR"),
    ("PRK", "KP"),
    ("ROC", "TW"),
    ("PRC", "CN"),
    ("East Germany", "DD"),
    ("GDR", "DD"),
    ("DDR", "DD"),
    ("West Germany", "DE"),
    ("FRG", "DE"),
    ("Austria-Hungary", "X-AH"),
    ("austria hungary", "X-AH"),
    ("Ivory Coast", "CI"),
    ("Cote d'Ivoire", "CI"),
    ("Burma", "MM"),
    ("Persia", "IR"),
    ("Siam", "TH"),
    ("Ceylon", "LK"),
    ("Zaire", "CD"),
    ("DRC", "CD"),
    ("Congo-Brazzaville", "CG"),
    ("Guinea", "GN"),
    ("Niger", "NE"),
    ("Dominica", "DM"),
    ("Ireland", "IE"),
    ("Georgia", "GE"),
    ("Россия", "RU"),
    ("Deutschland", "DE"),
    ("日本", "JP"),
    ("中国", "CN"),
    ("북한", "KP"),
    ("Україна", "UA"),
    ("Hungría", "HU"),
    ("Allemagne", "DE"),
    ("osterreich", "AT"),
]
"""What people type, and the one country they mean by it."""

MISSPELT = [
    ("Frnace", "FR"),
    ("Germny", "DE"),
    ("Untied States", "US"),
    ("Jpan", "JP"),
    ("Ukrane", "UA"),
    ("Kazakstan", "KZ"),
    ("Phillipines", "PH"),
    ("Sovjet Union", "SU"),
    ("Rusland", "RU"),
    ("Kingdom of Norway", "NO"),
    ("state of israel", "IL"),
    ("Republic of Chad", "TD"),
    ("people's republic of bangladesh", "BD"),
    ("Republic of Irelnd", "IE"),
    ("empire of the Frnace", "FR"),
    ("Siberia", "LR"),
    ("Nigera", "NE NG"),
    ("Austrlia", "AT AU"),
    ("soth korea", "KP KR"),
    ("Corea", "KP KR X-KO"),
    ("Cango", "CD CG"),
]

FAR = ("Gaza", "Western Sahara", "Greenland", "Africa", "Hawaii", "Puerto Rico", "European Union", "Roman Empire", "kingdom of heaven")
"""What is no country here, nor a slip in the name of one, though some letters or words are the same."""

NO_COUNTRY = ("", "   ", "!?", "the", "NATO", "cold", "zzzzqq", "sanctions")

OLD_CODES = {"ddr": "DE", "congo": "CG"}
"""Names of ours that another language or a list of codes gives to another country as well, and to which."""


def _ids(countries: tuple[Country, ...]) -> str:
    return " ".join(sorted(there.id for there in countries))


def _own(there: Country) -> set[str]:
    return {there.name, there.spoken, there.id, *there.other_names}


@pytest.mark.parametrize(("text", "code"), NAMED)
def test_a_name_leads_to_the_country_that_is_meant(snapshot: Snapshot, text: str, code: str) -> None:
    """Names, codes of two and three letters, old and short names, with dots, articles or accents or without, in many languages."""
    assert _ids(snapshot.countries.find(text)) == code


@pytest.mark.parametrize(("text", "codes"), [("Korea", "KP KR X-KO"), ("korea", "KP KR X-KO"), ("Congo", "CD CG"), ("the Congo", "CD CG")])
def test_an_ambiguous_name_leads_to_all_who_bear_it(snapshot: Snapshot, text: str, codes: str) -> None:
    """Korea and Congo are never decided for the one who asks."""
    assert _ids(snapshot.countries.find(text)) == codes


def test_only_korea_and_congo_are_ambiguous(snapshot: Snapshot) -> None:
    """No other name of ours is borne by two countries."""
    bearers: dict[str, set[str]] = {}
    for there in snapshot.knowledge.countries:
        for name in _own(there):
            bearers.setdefault(normalize(name), set()).add(there.id)
    assert {name for name, ids in bearers.items() if len(ids) > 1} == {"korea", "congo"}


def test_every_country_goes_by_each_of_its_names(snapshot: Snapshot) -> None:
    """Name, name in sentences, code and every other name lead to the country, and only to it unless it is Korea or Congo."""
    assert len(snapshot.knowledge.countries) > 200
    for there in snapshot.knowledge.countries:
        for name in _own(there):
            found = snapshot.countries.find(name)
            assert there in found, name
            assert len(found) == 1 or normalize(name) in {"korea", "congo"}, name


def test_no_name_of_ours_is_what_others_call_another_country(snapshot: Snapshot) -> None:
    """What a language or a code means by a name is what we mean by it, but for the few that are known."""
    from babel import Locale
    from babel.core import get_global

    meant: dict[str, set[str]] = {}
    for locale in LOCALES:
        for code, name in Locale.parse(locale).territories.items():
            meant.setdefault(normalize(name), set()).add(code)
    for alias, codes in get_global("territory_aliases").items():
        meant.setdefault(normalize(alias), set()).update(codes)
    known = {there.id for there in snapshot.knowledge.countries}
    strange = {
        normalize(name): " ".join(sorted(others))
        for there in snapshot.knowledge.countries
        for name in _own(there)
        if len(name) > 2 and (others := (meant.get(normalize(name), set()) & known) - {there.id})
    }
    assert strange == OLD_CODES


def test_our_own_name_comes_before_a_foreign_one() -> None:
    """A name that one country bears here and another in some other language leads to the one that bears it here."""
    names = CountryNames([country("DE", name="Germany"), country("XX", name="Elsewhere", other_names=("Allemagne",))])
    assert _ids(names.find("Allemagne")) == "XX"
    assert _ids(names.find("Deutschland")) == "DE"


def test_an_article_that_belongs_to_a_name_is_not_taken_off_too_early() -> None:
    """A name that begins with an article is looked up as it is before the article is left out."""
    names = CountryNames([country("AA", name="Isles"), country("BB", name="The Isles")])
    assert _ids(names.find("The Isles")) == "BB"
    assert _ids(names.find("Isles")) == "AA"


@pytest.mark.parametrize(("text", "codes"), MISSPELT)
def test_a_misspelt_name_leads_to_whom_it_is_like(snapshot: Snapshot, text: str, codes: str) -> None:
    """One slip leads to the country that was meant, and to both where the name was ambiguous; it is not taken for a name."""
    assert snapshot.countries.find(text) == ()
    assert snapshot.countries.resembles(text)
    assert _ids(snapshot.countries.list_resembling(text, 3)) == codes


@pytest.mark.parametrize("text", NO_COUNTRY)
def test_what_is_no_name_is_none(snapshot: Snapshot, text: str) -> None:
    """Other words are no country and like none, and a word of four letters is not like a code of three."""
    assert snapshot.countries.find(text) == ()
    assert not snapshot.countries.resembles(text)


def test_nothing_resembles_nonsense(snapshot: Snapshot) -> None:
    """Where no country is close, none is offered."""
    assert snapshot.countries.list_resembling("zzzzqq", 3) == ()
    assert snapshot.countries.list_resembling("", 3) == ()


@pytest.mark.parametrize("text", FAR)
def test_nothing_far_is_offered(snapshot: Snapshot, text: str) -> None:
    """Rather than a country that only sounds a little alike, none is offered."""
    assert not snapshot.countries.resembles(text)
    assert snapshot.countries.list_resembling(text, 3) == ()


@pytest.mark.parametrize(("text", "codes"), [("north korea pact", "KP"), ("mongolian horde", "MN"), ("Guinea Bissua", "GW")])
def test_a_name_with_more_words_is_not_misspelt(snapshot: Snapshot, text: str, codes: str) -> None:
    """Words after a whole name are no slip, unless they make the name of another country; the country is offered all the same."""
    assert snapshot.countries.resembles(text) is (codes == "GW")
    assert set(codes.split()) <= set(_ids(snapshot.countries.list_resembling(text, 3)).split())


def test_words_of_names_are_offered_where_no_whole_name_is_close(snapshot: Snapshot) -> None:
    """A text with a word of a country's name offers that country."""
    assert "KP" in _ids(snapshot.countries.list_resembling("people's democratic korean army", 3))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("us", ["United States"]),
        ("no", ["Norway", "North Korea"]),
        ("in", ["India"]),
        ("niger", ["Niger", "Nigeria"]),
        ("guinea", ["Guinea", "Guinea-Bissau"]),
        ("congo", ["Democratic Republic of the Congo", "Republic of the Congo"]),
        ("united", ["United Kingdom", "United States", "United Arab Emirates"]),
        ("u.s.", ["United States"]),
        ("turk", ["Türkiye", "Turkmenistan"]),
        ("росс", ["Russia"]),
        ("soviet", ["Soviet Union"]),
        ("germny", ["Germany"]),
        ("zzzzqq", []),
    ],
)
def test_what_is_suggested_first(snapshot: Snapshot, text: str, first: list[str]) -> None:
    """What bears exactly the typed name comes first, then what is called so at its beginning, many treaties first."""
    assert [there.name for there in snapshot.countries.list_matches(text, 25)[: len(first) or 1]] == first


def test_a_name_that_begins_so_is_suggested_before_one_that_holds_the_word(snapshot: Snapshot) -> None:
    """Kenya comes before the United Kingdom for a K."""
    names = [there.name for there in snapshot.countries.list_matches("k", 25)]
    assert names[0].startswith("K")
    assert names.index("Kenya") < names.index("United Kingdom")


def test_before_anything_is_typed_the_most_bound_are_suggested(snapshot: Snapshot) -> None:
    """Without a text the countries with the most treaties are suggested."""
    book = snapshot.knowledge.treaty_book
    found = snapshot.countries.list_matches(" ", 25)
    least = min(book.count_treaties(there.id) for there in found)
    assert len(found) == 25
    assert all(book.count_treaties(there.id) <= least for there in snapshot.knowledge.countries if there not in found)


@given(text=st.text(max_size=20), limit=st.integers(1, 25))
def test_suggestions_keep_the_limit_and_have_no_repeats(knowledge: CurrentSnapshot, text: str, limit: int) -> None:
    """Whatever is typed, there are at most as many as asked for, each once, and what bears the name is among them."""
    names = knowledge.current.countries
    for found in (names.list_matches(text, limit), names.list_resembling(text, limit)):
        assert len(found) <= limit
        assert len({there.id for there in found}) == len(found)
    assert set(names.find(text)[:limit]) <= set(names.list_matches(text, limit))
