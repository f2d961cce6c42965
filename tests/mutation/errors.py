"""The small errors a programmer may make: for a node of the syntax tree, what else could have stood there."""

from __future__ import annotations

import ast
from copy import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_BOUNDARIES: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
}
_TWINS = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "first": "last", "last": "first"}
"""Names that are easily taken for each other."""

_BARE = {"timedelta", "dataclass", "field", "Field", "bindparam", "get_logger", "lru_cache", "TypeVar"}
"""Calls whose keywords are not left out: without them they are not another error but none that could be made."""

_NEEDED_DECORATORS = {"cache", "lru_cache", "property", "cached_property", "dataclass", "classmethod", "staticmethod"}

Enums = dict[str, tuple[str, ...]]
"""The members of each enumeration, by the name it goes by in the module."""


def list_errors(node: ast.AST, parent: ast.AST, name: str, enums: Mapping[str, tuple[str, ...]]) -> Iterator[ast.AST | None]:
    """Yield what could stand in place of `node`, the child `name` of `parent`; None where it could be missing."""
    if name == "decorator_list":
        yield None
        return
    if name == "ifs" or (name == "test" and isinstance(parent, ast.If | ast.IfExp | ast.While)):
        yield from _other_outcomes(parent)
    elif isinstance(node, ast.Compare):
        yield from _with_other_operators(node, _OPPOSITES)
    if isinstance(node, ast.Attribute):
        yield from _other_members(node, enums)
    elif isinstance(node, ast.Constant):
        yield from _other_values(node, parent, name)
    for kind, list_others in _OTHERS.items():
        if isinstance(node, kind):
            yield from list_others(node)


def is_needed(decorator: ast.AST) -> bool:
    """Whether without it nothing would work, or everything as before, only slower."""
    return _name_of(decorator) in _NEEDED_DECORATORS


def _other_outcomes(parent: ast.AST) -> Iterator[ast.AST]:
    """Yield what a condition may be whatever it asks; not what would make a loop endless, or a comprehension empty."""
    if not isinstance(parent, ast.comprehension):
        yield ast.Constant(value=False)
    if not isinstance(parent, ast.While):
        yield ast.Constant(value=True)


def _with(node: Any, **changes: Any) -> Any:
    """Return a shallow copy of `node` with some children replaced."""
    changed = copy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


def _without_one(items: list[Any]) -> Iterator[list[Any]]:
    return ([*items[:i], *items[i + 1 :]] for i in range(len(items)))


def _with_other_operators(node: ast.Compare, others: Mapping[type[ast.cmpop], type[ast.cmpop]]) -> Iterator[ast.AST]:
    for i, operator in enumerate(node.ops):
        if other := others.get(type(operator)):
            yield _with(node, ops=[*node.ops[:i], other(), *node.ops[i + 1 :]])


def _other_boundaries(node: ast.Compare) -> Iterator[ast.AST]:
    return _with_other_operators(node, _BOUNDARIES)


def _other_conditions(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for values in _without_one(node.values):
        yield _with(node, values=values) if len(values) > 1 else values[0]


def _other_sums(node: ast.BinOp) -> Iterator[ast.AST]:
    if other := _ARITHMETIC.get(type(node.op)):
        yield _with(node, op=other())
        yield node.left


def _without_sign(node: ast.UnaryOp) -> Iterator[ast.AST]:
    yield node.operand


def _other_members(node: ast.Attribute, enums: Mapping[str, tuple[str, ...]]) -> Iterator[ast.AST]:
    if not isinstance(node.ctx, ast.Load):
        return
    members = enums.get(node.value.id, ()) if isinstance(node.value, ast.Name) else ()
    if node.attr in members:
        yield _with(node, attr=members[(members.index(node.attr) + 1) % len(members)])
    elif node.attr in _TWINS:
        yield _with(node, attr=_TWINS[node.attr])


def _other_values(node: ast.Constant, parent: ast.AST, name: str) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(value=not value)
    elif isinstance(value, int):
        yield from (ast.Constant(value=value + step) for step in (1, -1))
    elif isinstance(value, float):
        yield ast.Constant(value=value * 2)
    elif isinstance(value, str) and " " not in value and not isinstance(parent, ast.Subscript) and name != "keys":
        yield ast.Constant(value="" if value else "else")


def _other_calls(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in _TWINS:
        yield _with(
            node, func=ast.Name(id=_TWINS[node.func.id], ctx=ast.Load()), keywords=[] if node.func.id == "sorted" else node.keywords
        )
    has_order = _name_of(node) not in {"min", "max"} and not any(isinstance(argument, ast.Starred) for argument in node.args)
    if has_order and len(node.args) > 1 and ast.dump(node.args[0]) != ast.dump(node.args[1]):
        yield _with(node, args=[node.args[1], node.args[0], *node.args[2:]])
    if _name_of(node) not in _BARE:
        yield from (_with(node, keywords=keywords) for keywords in _without_one(node.keywords))


def _name_of(node: ast.AST) -> str:
    """Return the last name of what is called, or used as a decorator."""
    called = node.func if isinstance(node, ast.Call) else node
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _without_element(node: ast.Set | ast.Tuple | ast.List) -> Iterator[ast.AST]:
    is_read = isinstance(node, ast.Set) or isinstance(node.ctx, ast.Load)
    if is_read and len(node.elts) > 1:
        yield from (_with(node, elts=elements) for elements in _without_one(node.elts))


def _without_entry(node: ast.Dict) -> Iterator[ast.AST]:
    for keys, values in zip(_without_one(node.keys), _without_one(node.values), strict=True):
        yield _with(node, keys=keys, values=values)


def _without_slice(node: ast.Subscript) -> Iterator[ast.AST]:
    if isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
        yield node.value


def _without_statement(node: ast.Expr | ast.Raise | ast.AugAssign | ast.Delete) -> Iterator[ast.AST]:
    del node
    yield ast.Pass()


def _without_assignment(node: ast.Assign) -> Iterator[ast.AST]:
    if not any(isinstance(target, ast.Name | ast.Tuple) for target in node.targets):
        yield ast.Pass()


def _without_value(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield ast.Return(value=ast.Constant(value=None))
    if node.value is None:
        yield ast.Pass()


def _other_jump(node: ast.Break | ast.Continue) -> Iterator[ast.AST]:
    yield ast.Continue() if isinstance(node, ast.Break) else ast.Break()


_OTHERS: dict[Any, Callable[[Any], Iterator[ast.AST]]] = {
    ast.Compare: _other_boundaries,
    ast.BoolOp: _other_conditions,
    ast.BinOp: _other_sums,
    ast.UnaryOp: _without_sign,
    ast.Call: _other_calls,
    (ast.Set, ast.Tuple, ast.List): _without_element,
    ast.Dict: _without_entry,
    ast.Subscript: _without_slice,
    (ast.Expr, ast.Raise, ast.AugAssign, ast.Delete): _without_statement,
    ast.Assign: _without_assignment,
    ast.Return: _without_value,
    (ast.Break, ast.Continue): _other_jump,
}
