"""Prints what `detente doctor` found: a line each, with the remedy below, or JSON for a program."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.doctor import examine
from bot.domain.readiness import Mark, find_exit_code
from bot.terminal.printing import print_json

if TYPE_CHECKING:
    from bot.domain.readiness import Sign

_SIGNS = {Mark.GOOD: "✓", Mark.DOUBT: "!", Mark.BAD: "✗"}
_PLAIN = {Mark.GOOD: "+", Mark.DOUBT: "!", Mark.BAD: "x"}


def print_diagnosis(*, as_json: bool) -> int:
    """Look at everything, print it and return the exit code."""
    signs = asyncio.run(examine())
    code = find_exit_code(signs)
    if as_json:
        print_json({"ready": code == 0, "exit_code": code, "signs": [asdict(sign) for sign in signs]})
    else:
        _print(signs)
    return code


def _print(signs: tuple[Sign, ...]) -> None:
    marks = _SIGNS if (sys.stdout.encoding or "").lower().replace("-", "") == "utf8" else _PLAIN
    for sign in signs:
        click.echo(f"{marks[sign.mark]} {sign.part}: {sign.found}")
        if sign.remedy:
            click.echo(f"  {sign.remedy}")
    counts = {mark: sum(sign.mark is mark for sign in signs) for mark in Mark}
    doubts = f", with {counts[Mark.DOUBT]} to look at" if counts[Mark.DOUBT] else ""
    click.echo(f"\nNot ready: {counts[Mark.BAD]} to mend{doubts}." if counts[Mark.BAD] else f"\nReady{doubts}.")
