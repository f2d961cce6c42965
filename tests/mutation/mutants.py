"""The mutants of a module: copies of it that differ by one small error each."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.mutation.errors import Enums, is_needed, list_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_UNTOUCHED = {"annotation", "returns", "ctx", "op", "ops", "type_comment"}
_IN_SIGNATURE = {"decorator_list", "defaults", "kw_defaults"}
_REMEMBERING = {"cache", "lru_cache", "cached_property"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One small error in `where` (a function, or the module), on line `line`: `before` has become `after`.

    `lines` are those of the statement; None where the error may be met without running it, so that any test may notice.
    `is_in_code`: it is within a function, so that the others need not be loaded anew.
    """

    path: str
    line: int
    where: str
    before: str
    after: str
    lines: range | None
    is_in_code: bool
    source: str

    def __str__(self) -> str:
        """Say where it is and what it does."""
        return f"{self.path}:{self.line} in {self.where}: {self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where the walk through the tree is."""

    where: str = ""
    in_function: bool = False
    in_signature: bool = False
    remembers: bool = False
    lines: range = range(0)

    def enter(self, node: ast.AST) -> _Scope:
        """Return the scope inside of `node`."""
        scope = replace(self, lines=_own_lines(node)) if isinstance(node, ast.stmt) else self
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope = replace(scope, where=f"{self.where}.{node.name}".removeprefix("."))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = {part.id for decorator in node.decorator_list for part in ast.walk(decorator) if isinstance(part, ast.Name)}
            scope = replace(scope, in_function=True, remembers=self.remembers or bool(decorators & _REMEMBERING))
        return scope


def list_mutants(root: Path, path: str) -> tuple[Mutant, ...]:
    """Return every mutant of the module at `path` under `root`, in the order of its lines."""
    tree = ast.parse((root / path).read_text("utf-8"))
    enums = _find_enums(root, tree)
    found = {}
    for parent, name, index, node, scope in list(_walk(tree, _Scope())):
        for other in list_errors(node, parent, name, enums):
            source = _unparse_with(tree, parent, name, index, other)
            is_in_code = scope.in_function and not scope.in_signature
            found[source] = Mutant(
                path=path,
                line=getattr(node, "lineno", 0),
                where=scope.where or "the module",
                before=_shown(node),
                after=_shown(other) if other else "(nothing)",
                lines=scope.lines if is_in_code and not scope.remembers else None,
                is_in_code=is_in_code,
                source=source,
            )
    found.pop(ast.unparse(tree), None)
    return tuple(sorted(found.values(), key=lambda mutant: mutant.line))


def _walk(parent: ast.AST, scope: _Scope) -> Iterator[tuple[ast.AST, str, int | None, ast.AST, _Scope]]:
    """Yield (parent, child's name, index in a list, child, scope of the child) for all that may hold an error."""
    for name, value in ast.iter_fields(parent):
        if name in _UNTOUCHED:
            continue
        is_list = isinstance(value, list)
        for index, child in enumerate(value if is_list else [value]):
            if isinstance(child, ast.AST) and not _is_left_alone(child) and not _is_needed(parent, name, child):
                inner = replace(scope.enter(child), in_signature=scope.in_signature or name in _IN_SIGNATURE)
                yield parent, name, index if is_list else None, child, inner
                yield from _walk(child, inner)


def _is_left_alone(node: ast.AST) -> bool:
    """Whether it is an import, something for type checkers, a docstring or a log line, or text that is put together."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Assert | ast.JoinedStr | ast.Pass):
        return True
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    if not isinstance(node, ast.Expr):
        return False
    return isinstance(node.value, ast.Constant) or ast.unparse(node).startswith("_log.")


def _is_needed(parent: ast.AST, name: str, child: ast.AST) -> bool:
    """Whether it is a decorator without which nothing works, or a member of an enumeration, whose value is but a word."""
    if name == "decorator_list":
        return is_needed(child)
    return isinstance(parent, ast.ClassDef) and isinstance(child, ast.Assign) and _is_enum(parent)


def _is_enum(node: ast.ClassDef) -> bool:
    return any("Enum" in ast.unparse(base) for base in node.bases)


def _own_lines(statement: ast.stmt) -> range:
    """Return the lines of a statement without those of the statements in it."""
    body: list[ast.stmt] = getattr(statement, "body", [])
    end = body[0].lineno if body and body[0].lineno > statement.lineno else (statement.end_lineno or statement.lineno) + 1
    return range(statement.lineno, end)


def _unparse_with(tree: ast.AST, parent: ast.AST, name: str, index: int | None, other: ast.AST | None) -> str:
    """Return the source of `tree` where a child of `parent` is `other`, or missing."""
    before: Any = getattr(parent, name)
    if index is None:
        after: Any = other
    else:
        after = [*before[:index], *([other] if other else ()), *before[index + 1 :]]
    setattr(parent, name, after)
    try:
        return ast.unparse(ast.fix_missing_locations(tree))
    finally:
        setattr(parent, name, before)


def _shown(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _find_enums(root: Path, tree: ast.Module) -> Enums:
    """Return the members of the enumerations that the module defines or imports from the bot."""
    enums = dict(_enums_in(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bot."):
            file = root / f"{str(node.module).replace('.', '/')}.py"
            there = dict(_enums_in(ast.parse(file.read_text("utf-8")))) if file.exists() else {}
            enums |= {alias.asname or alias.name: there[alias.name] for alias in node.names if alias.name in there}
    return enums


def _enums_in(tree: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and _is_enum(node):
            assigned = (statement.targets[0] for statement in node.body if isinstance(statement, ast.Assign))
            yield node.name, tuple(target.id for target in assigned if isinstance(target, ast.Name))
