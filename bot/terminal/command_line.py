"""How every command of the terminal is listed, run and ended. It imports nothing heavy, so that `detente --help` answers at once."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_DIGITS = 19
"""Digits of the largest number that a database can hold."""


class DiscordId(click.ParamType[int]):
    """An id of Discord's: a number that a database can hold."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 - click's own signature
        """Return the number."""
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and 0 < int(text) < 2**63):
            self.fail(f"An id is a number such as 81384788765712384, not {text}.", param, ctx)
        return int(text)


class Commands(click.Group):
    """Lists its commands by what they are for, and ends with one plain sentence and the error's own exit code where the bot raises."""

    def __init__(self, *arguments: Any, sections: Mapping[str, Sequence[str]], **options: Any) -> None:  # noqa: ANN401 - click's own
        """Take the names of all commands, in the order in which `--help` lists them, by the heading above them."""
        super().__init__(*arguments, **options)
        self._sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        """Return the names in the order of the sections."""
        return [name for names in self._sections.values() for name in names]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's own signature
        """Write each section with a line for each command."""
        widest = max(map(len, self.commands))
        for heading, names in self._sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(widest), self.commands[name].get_short_help_str(100)) for name in names])

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command."""
        from bot.errors import DetenteError, UserError

        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal that cannot show a letter shows another
        try:
            return super().invoke(ctx)
        except UserError as error:
            from bot.terminal.printing import explain

            click.echo(explain(error), err=True)
            sys.exit(error.exit_code)
        except DetenteError as error:
            click.echo(str(error), err=True)
            sys.exit(error.exit_code)
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe has left
        except OSError as error:
            click.echo(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", err=True)
            sys.exit(1)


class PrivateCommand(click.Command):
    """A command that writes what is nobody else's business: no file or folder that it makes can be read by other users."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command."""
        import os

        os.umask(0o077)
        return super().invoke(ctx)
