"""Giving the functions of a loaded module another code, so that an error in one of them needs no module to be loaded again."""

from __future__ import annotations

import gc
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator


class NotSwappableError(Exception):
    """The two sources do not define the same functions."""


def list_functions(files: Collection[str]) -> tuple[FunctionType, ...]:
    """Return every function that was loaded from one of `files`; it takes a look at all there is."""
    return tuple(found for found in gc.get_objects() if isinstance(found, FunctionType) and found.__code__.co_filename in files)


def swap(functions: Iterable[FunctionType], file: str, before: str, after: str) -> None:
    """Let those `functions` that were loaded from `file`, whose source is `before`, do what they do in `after`; raises NotSwappableError."""
    old, new = (tuple(_codes_in(compile(source, file, "exec"))) for source in (before, after))
    if [code.co_qualname for code in old] != [code.co_qualname for code in new]:
        raise NotSwappableError
    codes = {_key(was): becomes for was, becomes in zip(old, new, strict=True)}
    for function in functions:
        if function.__code__.co_filename == file and (code := codes.get(_key(function.__code__))):
            try:
                function.__code__ = code
            except ValueError as error:  # it needs other variables from around it
                raise NotSwappableError from error


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes_in(constant)


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno
