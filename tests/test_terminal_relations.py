"""What `detente allies` prints about countries, without starting a process for each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import BadDateError, DetenteError, SameCountryError, UnknownCountryError, YearOutOfRangeError
from bot.terminal.relations import print_all_allies, print_allies

if TYPE_CHECKING:
    from bot.knowledge.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Terminal:
    """Prints answers from the real content and reads them back."""

    snapshot: Snapshot
    captured: pytest.CaptureFixture[str]

    def print(self, *words: str) -> str:
        """Return what people read about `words`."""
        print_allies(self.snapshot, words, as_json=False)
        return self.captured.readouterr().out

    def read(self, *words: str) -> Any:
        """Return what programs read about `words`."""
        print_allies(self.snapshot, words, as_json=True)
        return json.loads(self.captured.readouterr().out)

    def print_all(self, country: str, when: str = "") -> str:
        """Return what people read about all allies of a country."""
        print_all_allies(self.snapshot, country, when, as_json=False)
        return self.captured.readouterr().out


@pytest.fixture
def terminal(snapshot: Snapshot, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A terminal of the usual width."""
    return Terminal(snapshot, capsys)


def _flat(text: str) -> str:
    """Return a text without its line breaks, which depend on the width of the terminal."""
    return " ".join(text.split())


def test_a_suspension_and_what_was_before_are_told(terminal: Terminal) -> None:
    """New Zealand and the United States in 1990: former treaty allies, ANZUS suspended, the coalition of the war before."""
    out = _flat(terminal.print("new", "zealand", "united", "states", "1990"))
    assert "No formal alliance (former treaty allies), in 1990 (told for 1 July 1990)." in out
    assert "suspended between the two" in out
    assert "(since 11 August 1986)" in out
    assert "• Allies of World War II (1942 to 1945)" in out.partition("Before • ")[2].join(("• ", ""))


def test_a_state_is_told_as_what_it_was_then(terminal: Terminal) -> None:
    """Russia in 1943 is told as the Soviet Union, in one coalition with the United States, and the treaty that decides comes first."""
    found = terminal.read("Russia", "US", "1943")
    soviet = {"id": "SU", "name": "Soviet Union", "status": None}
    assert found["countries"][0] == {"id": "RU", "name": "Russia", "status": None, "told_as": soviet}
    assert (found["label"], found["former"]) == ("wartime-coalition", None)
    assert [(treaty["id"], treaty["deciding"]) for treaty in found["treaties"]] == [("un-declaration-1942", True), ("lend-lease", False)]
    assert found["treaties"][1]["binding"] == "executive"


def test_what_changed_within_a_year_is_told(terminal: Terminal) -> None:
    """South Korea and the United States in 1954, the year their treaty came into force, as JSON and for people."""
    found = terminal.read("KOR", "USA", "1954")
    signed = {"label": "signed-not-in-force", "text": "Signed, not in force: US-ROK treaty", "treaties": ["us-kr-1953"]}
    in_force = {"label": "treaty-allies", "text": "Treaty allies: US-ROK treaty", "treaties": ["us-kr-1953"]}
    assert found["changes"] == [
        {"is_start": True, "since": "1954-01-01", **signed},
        {"is_start": False, "since": "1954-11-17", **in_force},
    ]
    out = _flat(terminal.print("KOR", "USA", "1954"))
    assert "It changed within 1954: • At its beginning: Signed, not in force: US-ROK treaty • 17 November 1954 · Treaty allies" in out


def test_one_country_is_asked_about_with_the_united_states(terminal: Terminal) -> None:
    """Japan alone is asked about with the United States, and the last line says how to see all its allies; JSON has no such line."""
    out = terminal.print("japan", "1955")
    assert _flat(out).startswith("Japan and the United States A one-sided pledge, in 1955")
    assert "Contested: " in out
    assert out.splitlines()[-1] == "All allies of Japan: detente allies --of JP 1955"
    assert [there["id"] for there in terminal.read("japan", "1955")["countries"]] == ["JP", "US"]


def test_the_united_states_alone_gets_all_its_allies(terminal: Terminal) -> None:
    """The United States is asked about without a partner: everybody it has a treaty with, none left out for width."""
    out = _flat(terminal.print("united states", "1990"))
    assert out.startswith("Who are the allies of the United States?")
    assert "North Atlantic Treaty · Article 5 · Treaty allies" in out
    assert "Spain." in out
    assert " more." not in out
    assert "Sources 1 " in out


def test_today_russia_and_the_united_states_get_the_topic(terminal: Terminal) -> None:
    """For people the topic answers as in the chat; a program gets the relation, as for any other pair, with the topic's id."""
    assert "Are Russia and the US allies?" in terminal.print("Russia", "USA")
    assert _flat(terminal.print("Russia", "USA", "2000")).startswith("Russia and the United States Partners without mutual defence")
    found = terminal.read("Russia", "USA")
    assert set(found) == set(terminal.read("Austria", "France"))
    assert (found["topic"], found["asked"], found["former"]) == ("verdict", None, "wartime-coalition")
    assert [there["id"] for there in found["countries"]] == ["RU", "US"]
    assert terminal.print("USSR", "USA") == terminal.print("verdict")
    assert "Are Russia and the US allies?" in terminal.print("SU")


def test_a_topic_of_the_name_of_a_country_stays_a_topic(terminal: Terminal) -> None:
    """China alone is the topic about China; with another country it is the country."""
    assert terminal.read("china")["id"] == "china"
    assert terminal.read("are Russia and the US allies?")["id"] == "verdict"
    assert terminal.read("china", "pakistan")["countries"][0]["id"] == "CN"


def test_a_country_that_was_none_has_no_allies(terminal: Terminal) -> None:
    """Ukraine in 1970 has no allies to list, and the Soviet Union is offered in its place."""
    out = _flat(terminal.print_all("Ukraine", "1970"))
    assert out.startswith("Ukraine was not yet a state")
    assert "• Soviet Union: detente allies --of SU 1970" in out


def test_a_country_without_allies_is_told_so(terminal: Terminal) -> None:
    """A country that nobody is bound to has no treaty to list, and the answer bears its day all the same."""
    out = _flat(terminal.print_all("Switzerland", "2000"))
    assert out.startswith("Who are the allies of Switzerland? No treaty of mutual defence and no pledge of protection, in 2000")
    assert "Sources" not in out


def test_a_state_in_whose_place_stood_the_other_one_is_told_so(terminal: Terminal) -> None:
    """Ukraine and the Soviet Union in 1970: the second stood in the place of the first, and no command would ask about it with itself."""
    out = _flat(terminal.print("Ukraine", "USSR", "1970"))
    assert "In its place then stood the Soviet Union, the other one you asked about." in out
    assert "detente allies" not in out


def test_the_second_country_is_replaced_too(terminal: Terminal) -> None:
    """Where the second country was no state, the command that is offered keeps the first."""
    assert "• Soviet Union: detente allies US SU 1970" in _flat(terminal.print("US", "Ukraine", "1970"))


@pytest.mark.parametrize(
    ("words", "said", "suggestions"),
    [
        (("Korea",), "“Korea” may mean several countries", ["KP US", "KR US"]),
        (("Korea", "1990"), "“Korea” may mean several countries", ["KP US 1990", "KR US 1990"]),
        (("Congo", "France"), "“Congo” may mean several countries", ["CD FR", "CG FR"]),
        (("Frnace", "Germany"), "No country goes by “Frnace”", ["FR DE"]),
        (("Jpan",), "No country goes by “Jpan”", ["JP US"]),
        (("are", "japn", "and", "france", "allies?"), "No country goes by “japn”", ["JP FR"]),
        (("republic of irelnd", "1950"), "No country goes by “republic of irelnd”", ["IE US 1950"]),
        (("Rusia", "Untied States"), "No country goes by “Untied States”", ["RU US"]),
    ],
)
def test_an_unclear_name_is_asked_back(terminal: Terminal, words: tuple[str, ...], said: str, suggestions: list[str]) -> None:
    """What may be meant is offered as commands to people and as their arguments to programs; each of them has an answer."""
    for as_json in (False, True):
        with pytest.raises(SystemExit) as ended:
            print_allies(terminal.snapshot, words, as_json=as_json)
        assert ended.value.code == 1
        out, err = terminal.captured.readouterr()
        assert err.startswith(said)
        assert sorted(line.rpartition(": detente allies ")[2] for line in err.splitlines()[2:]) == suggestions
        assert sorted(json.loads(out)["suggestions"] if as_json else suggestions) == suggestions
        assert bool(out) is as_json
    for arguments in suggestions:
        terminal.read(*arguments.split())


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("France", "Germany", "1814"), YearOutOfRangeError),
        (("France", "9999"), YearOutOfRangeError),
        (("France", "Germany", "19xx"), BadDateError),
        (("Soviet Union", "Russia"), SameCountryError),
        (("Japan", "JP"), SameCountryError),
        (("japan", "japn"), SameCountryError),
    ],
)
def test_what_cannot_be_answered_is_refused(terminal: Terminal, words: tuple[str, ...], error: type[DetenteError]) -> None:
    """Bad dates and one state twice are refused before anything is printed."""
    with pytest.raises(error):
        terminal.print(*words)
    assert terminal.captured.readouterr() == ("", "")


def test_what_is_no_country_is_offered_as_what_it_is(terminal: Terminal) -> None:
    """All allies of an alliance cannot be listed; the alliance's own answer can be asked for as it is written there."""
    with pytest.raises(SystemExit):
        terminal.print_all("NATO")
    out, err = terminal.captured.readouterr()
    assert out == ""
    assert "“NATO” is no country" in err
    assert err.endswith("  North Atlantic Treaty: detente allies 'North Atlantic Treaty'\n")


def test_all_allies_of_nobody_are_refused(terminal: Terminal) -> None:
    """A name that is like no country's is refused."""
    with pytest.raises(UnknownCountryError):
        terminal.print_all("zzzzqq")


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (("japan us 1955",), "Japan and the United States A one-sided pledge, in 1955"),
        (("Are Austria and France allies?",), "Austria and France Treaty allies"),
        (("25", "December", "1991", "austria", "france"), "Austria and France No formal alliance, on 25 December 1991"),
        (("AND", "US"), "Andorra and the United States "),
    ],
)
def test_a_sentence_is_answered(terminal: Terminal, words: tuple[str, ...], title: str) -> None:
    """Quoted or not, a question in words gets the two that it names, and its date."""
    assert _flat(terminal.print(*words)).startswith(title)


def test_a_guess_says_that_it_is_one(terminal: Terminal) -> None:
    """What was only nearly named is introduced on standard error, and a program reads it in the answer; an exact name has neither."""
    for as_json in (False, True):
        print_allies(terminal.snapshot, ["nuw", "stat"], as_json=as_json)
        out, err = terminal.captured.readouterr()
        assert err == "Closest answer to “nuw stat”:\n"
        assert (json.loads(out)["is_guess"] is True) if as_json else "New START" in out
    print_allies(terminal.snapshot, ["new", "start"], as_json=False)
    assert terminal.captured.readouterr().err == ""
    assert terminal.read("new", "start")["is_guess"] is False


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("austria", "france"), "relation"),
        (("ukraine", "us", "1970"), "absence"),
        (("us", "1990"), "allies"),
        (("sanctions",), "topic"),
        (("detente",), "term"),
        ((), "topic"),
    ],
)
def test_each_answer_for_programs_says_what_it_is(terminal: Terminal, words: tuple[str, ...], kind: str) -> None:
    """The first key of every answer tells its form."""
    assert next(iter(terminal.read(*words).items())) == ("kind", kind)


@pytest.mark.parametrize("words", [("zzzz", "qqqq"), ("Korea",)])
def test_suggestions_for_programs_say_what_they_are(terminal: Terminal, words: tuple[str, ...]) -> None:
    """Where nothing was found, that is said in the same key, and what is suggested are arguments that have an answer."""
    with pytest.raises(SystemExit):
        terminal.read(*words)
    found = json.loads(terminal.captured.readouterr().out)
    assert (list(found), found["kind"], found["found"]) == (["kind", "found", "suggestions"], "suggestions", None)
    for arguments in found["suggestions"]:
        assert terminal.read(*arguments.split())["kind"] in {"relation", "topic", "term"}


def test_dates_for_programs_are_as_exact_as_they_are_known(terminal: Terminal) -> None:
    """The Anglo-Jordanian treaty ended on some day of March 1957: a program reads the month, not a day that nobody knows."""
    (past,) = (past for past in terminal.read("GB", "JO")["past"] if past["id"] == "gb-jo")
    assert (past["since"], past["until"]) == ("1946-06-17", "1957-03")
    (turn,) = (turn for turn in terminal.read("GB", "JO", "1957")["changes"] if not turn["is_start"])
    assert turn["since"] == "1957-03"


def test_allies_for_programs_come_with_what_is_told_of_each(terminal: Terminal) -> None:
    """A freeze between two parties, the status of a state, and the state that a country is told as stand in the list of allies as well."""
    print_all_allies(terminal.snapshot, "Russia", "2026", as_json=True)
    found = json.loads(terminal.captured.readouterr().out)
    assert found["country"]["told_as"] is None
    remarks = {ally["id"]: ally["remarks"] for treaty in found["treaties"] for ally in treaty["allies"] if treaty["id"] == "csto"}
    assert [remark["effect"] for remark in remarks["AM"]] == ["flag"]
    assert remarks["KZ"] == []
    print_all_allies(terminal.snapshot, "Russia", "1943", as_json=True)
    told_as = json.loads(terminal.captured.readouterr().out)["country"]["told_as"]
    assert told_as == {"id": "SU", "name": "Soviet Union", "status": None}


def test_the_status_of_a_country_is_told_to_programs(terminal: Terminal) -> None:
    """Each country bears its status, where it has one, in every form of answer."""
    for there in terminal.snapshot.knowledge.countries:
        if there.id != "US":
            found = terminal.read(there.id, "US")
            named = found["countries"][0] if found["kind"] == "relation" else found["absent"]
            assert named["status"] == there.status, there.id


def test_every_country_can_be_printed(terminal: Terminal) -> None:
    """Each country has an answer for people and for programs, with the United States and alone, or is said to be gone."""
    for there in terminal.snapshot.knowledge.countries:
        assert terminal.print_all(there.id, "1950").strip(), there.id
        found = terminal.read(there.id, "US", "1950") if there.id != "US" else terminal.read("US", "1950")
        assert found["day"] == "1950-07-01"
