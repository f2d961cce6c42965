"""The command line. Imports come late, so that `detente --help` answers at once."""

import click


@click.group()
def main() -> None:
    """Detente."""


@main.command()
def check() -> None:
    """Check the content."""
    from datetime import UTC, datetime

    from bot.knowledge.checking import check as check_content
    from bot.knowledge.loading import load
    from bot.settings import packaged_content

    problems = check_content(load(packaged_content()), datetime.now(UTC))
    for p in problems:
        click.echo(str(p))
    raise SystemExit(3 if problems else 0)
