"""The small errors that the mutation check makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.mutation.mutants import list_mutants
from tests.mutation.noting import NOTEBOOK, annotate
from tests.mutation.scope import TESTS, list_tests
from tests.mutation.swapping import NotSwappableError, list_functions, swap

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mutation.mutants import Mutant


def mutants_of(folder: Path, source: str) -> tuple[Mutant, ...]:
    """Return the mutants of a module with this source."""
    (folder / "module.py").write_text(source, "utf-8")
    return list_mutants(folder, "module.py")


@pytest.mark.parametrize(
    ("source", "errors"),
    [
        ("x = a < b", {"a < b → a <= b", "a < b → a >= b"}),
        ("x = a is not b", {"a is not b → a is b"}),
        ("x = a and b", {"a and b → a or b", "a and b → a", "a and b → b"}),
        ("x = not a", {"not a → a"}),
        ("x = a - b", {"a - b → a + b", "a - b → a"}),
        ("x = 2", {"2 → 3", "2 → 1"}),
        ("x = True", {"True → False"}),
        ("x = 'word'", {"'word' → ''"}),
        ("if a:\n    b()", {"a → False", "a → True", "b() → pass"}),
        ("while a:\n    break", {"a → False", "break → continue"}),
        ("x = [a for a in b if c]", {"c → True"}),
        ("x = f(a, b, c=d)", {"f(a, b, c=d) → f(b, a, c=d)", "f(a, b, c=d) → f(a, b)"}),
        ("x = min(a, b)", {"min(a, b) → max(a, b)"}),
        ("x = a.first", {"a.first → a.last"}),
        ("x = {a, b}", {"{a, b} → {b}", "{a, b} → {a}"}),
        ("x = a[:b]", {"a[:b] → a"}),
        ("a.b = c", {"a.b = c → pass"}),
        ("def f():\n    return a", {"return a → return None"}),
        ("@a\ndef f(): pass", {"a → (nothing)"}),
        ("from enum import Enum\nclass A(Enum):\n    B = b\n    C = c\nx = A.B", {"A.B → A.C"}),
    ],
)
def test_each_sort_of_error_is_made(tmp_path: Path, source: str, errors: set[str]) -> None:
    """Of each construct every error that is worth a test comes out, and nothing else."""
    assert {f"{mutant.before} → {mutant.after}" for mutant in mutants_of(tmp_path, source)} == errors


@pytest.mark.parametrize(
    "source",
    [
        '"""What it is for."""',
        "import a",
        "if TYPE_CHECKING:\n    import a",
        "x: Annotated[int, 5]",
        "_log.info('done', count=1)",
        "assert a is not b",
        "@dataclass(frozen=True)\nclass A: pass",
        "@cache\ndef f(): pass",
        "class A(StrEnum):\n    B = 'b'",
        "x = 'a sentence'",
    ],
)
def test_what_no_test_could_notice_is_left_alone(tmp_path: Path, source: str) -> None:
    """Docstrings, imports, types, log lines, what only reassures a type checker, and what only saves time stay as they are."""
    assert mutants_of(tmp_path, source) == ()


def test_an_error_is_told_with_its_place_and_the_lines_that_meet_it(tmp_path: Path) -> None:
    """A mutant names file, line, function and change; of what is met at import, or once and for all, any test may notice."""
    source = "A = 1\n\ndef f(x):\n    if x:\n        return (\n            2)\n\n@cache\ndef g(x):\n    return 3\n"
    mutants = mutants_of(tmp_path, source)
    told = {str(mutant): mutant.lines for mutant in mutants}
    assert told["module.py:6 in f: 2 → 3"] == range(5, 7)
    assert told["module.py:4 in f: x → True"] == range(4, 5)
    assert told["module.py:1 in the module: 1 → 2"] is None
    assert told["module.py:10 in g: 3 → 4"] is None
    assert [mutant.line for mutant in mutants] == sorted(mutant.line for mutant in mutants)


def test_every_module_of_the_check_is_there_with_its_tests(pytestconfig: pytest.Config) -> None:
    """A module or a test that was renamed does not silently drop out of the check."""
    for module, patterns in TESTS.items():
        assert (pytestconfig.rootpath / module).is_file(), module
        assert list_tests(pytestconfig.rootpath, module)
        assert [pattern for pattern in patterns if not list(pytestconfig.rootpath.glob(pattern))] == []


_BEFORE = """
def g(x):
    if x > 1:
        return [y for y in range(x)]
    elif x:
        try:
            return 1 / (x - 1)
        except ZeroDivisionError:
            return 0
    def inner():
        return x
    return inner()
"""


def _load(file: Path) -> Any:
    """Return the function g of the module in `file`."""
    names: dict[str, Any] = {}
    exec(compile(file.read_text("utf-8"), str(file), "exec"), names)  # noqa: S102 - it was written by this test
    return names["g"]


@pytest.mark.parametrize(("x", "result", "lines"), [(2, [0, 1], {3, 4}), (1, 0, {3, 5, 6, 7, 9}), (0, 0, {3, 5, 10, 11, 12})])
def test_the_statements_that_run_are_noted(tmp_path: Path, x: int, result: object, lines: set[int]) -> None:
    """A loaded function that is annotated does what it did, and notes its statements by the lines of the original."""
    file = tmp_path / "module.py"
    file.write_text(_BEFORE, "utf-8")
    function = _load(file)
    functions = list_functions({str(file)})
    assert functions == (function,)
    swap(functions, str(file), _BEFORE, annotate("module.py", _BEFORE))
    NOTEBOOK.clear()
    assert function(x) == result
    assert {("module.py", line) for line in lines} == NOTEBOOK


def test_a_function_that_is_loaded_gets_its_error(tmp_path: Path) -> None:
    """What was imported long ago does what the changed source says; sources with other functions are refused."""
    file = tmp_path / "module.py"
    file.write_text(_BEFORE, "utf-8")
    function = _load(file)
    functions = list_functions({str(file)})
    swap(functions, str(file), _BEFORE, _BEFORE.replace("return 0", "return 7"))
    assert function(1) == 7
    with pytest.raises(NotSwappableError):
        swap(functions, str(file), _BEFORE, _BEFORE.replace("def inner", "def other"))
