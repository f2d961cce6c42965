"""Noting which statements run: by a line in front of each, which costs next to nothing; a tracer hears of every call in every library."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Lines = frozenset[tuple[str, int]]
"""Statements, each by its module and its first line."""

NOTEBOOK: set[tuple[str, int]] = set()
"""What has run since it was last emptied."""

_NAME = "__notebook__"


def annotate(module: str, source: str) -> str:
    """Return `source` with every statement of its functions noted in NOTEBOOK, as one of `module`, when it runs."""
    setattr(builtins, _NAME, NOTEBOOK)
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = list(_noted(module, node.body))
    return ast.unparse(ast.fix_missing_locations(tree))


def _noted(module: str, statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in statements:
        yield from ast.parse(f"{_NAME}.add({(module, statement.lineno)!r})").body
        yield _with_blocks_noted(module, statement)


def _with_blocks_noted(module: str, statement: ast.stmt) -> ast.stmt:
    """Note what is in the blocks of a statement; a function within it sees to its own."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return statement
    parts: list[Any] = [statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]
    for part in parts:
        for name in ("body", "orelse", "finalbody"):
            if block := getattr(part, name, None):
                setattr(part, name, list(_noted(module, block)))
    return statement
