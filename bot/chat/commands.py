"""The slash commands: parse, one call, reply. They work in servers, in direct messages and as a user-installed app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord import app_commands

from bot.domain.screens import AboutScreen, DeadlinesScreen
from bot.services.answering import id_of, label_of, list_choices
from bot.services.browsing import find_tag, list_tags, parse_timeline
from bot.services.narrating import name_with_years
from bot.services.relating import Question, list_countries

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.chat.replying import Responder
    from bot.domain.wording import CommandWords

    Choices = Callable[[str], list[app_commands.Choice[str]]]

_log = structlog.get_logger(__name__)
_everywhere = app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
_for_everybody = app_commands.allowed_installs(guilds=True, users=True)

Text = app_commands.Range[str, 1, 100]
Date = app_commands.Range[str, 1, 30]
Search = app_commands.Range[str, 1, 40]


def add_commands(tree: app_commands.CommandTree[Any], responder: Responder, words: CommandWords) -> None:
    """Add every command to `tree`, described by `words`."""
    _add_allies(tree, responder, words)
    _add_timeline(tree, responder, words)
    _add_deadlines(tree, responder, words)

    @tree.command(name="about", description=words.about)
    @_everywhere
    @_for_everybody
    async def about(interaction: discord.Interaction[Any]) -> None:
        await responder.show(interaction, lambda _: AboutScreen(), private=True)


def _add_allies(tree: app_commands.CommandTree[Any], responder: Responder, words: CommandWords) -> None:
    @tree.command(name="allies", description=words.allies)
    @app_commands.rename(other="with", when="year")
    @app_commands.describe(
        topic=words.allies_topic,
        country=words.allies_country,
        other=words.allies_with,
        when=words.allies_year,
        private=words.private,
    )
    @_everywhere
    @_for_everybody
    async def allies(
        interaction: discord.Interaction[Any],
        topic: Text | None = None,
        country: Text | None = None,
        other: Text | None = None,
        when: Date | None = None,
        private: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        await responder.answer(interaction, topic, Question(country, other, when), private=private)

    @allies.autocomplete("topic")
    async def topics(_: discord.Interaction[Any], text: str) -> list[app_commands.Choice[str]]:
        return guarded(text, lambda typed: [choice(label_of(a), id_of(a)) for a in list_choices(responder.scene().snapshot, typed)])

    allies.autocomplete("country")(_country_choices(responder))
    allies.autocomplete("other")(_country_choices(responder))


def _add_timeline(tree: app_commands.CommandTree[Any], responder: Responder, words: CommandWords) -> None:
    @tree.command(name="timeline", description=words.timeline)
    @app_commands.rename(first="from", last="to")
    @app_commands.describe(
        first=words.timeline_from,
        last=words.timeline_to,
        tag=words.timeline_tag,
        search=words.timeline_search,
        private=words.private,
    )
    @_everywhere
    @_for_everybody
    async def timeline(
        interaction: discord.Interaction[Any],
        first: Date | None = None,
        last: Date | None = None,
        tag: Text | None = None,
        search: Search | None = None,
        private: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        await responder.show(interaction, lambda s: parse_timeline(s, first, last, tag, search), private=private)

    timeline.autocomplete("tag")(_tag_choices(responder))


def _add_deadlines(tree: app_commands.CommandTree[Any], responder: Responder, words: CommandWords) -> None:
    @tree.command(name="deadlines", description=words.deadlines)
    @app_commands.rename(include_passed="all")
    @app_commands.describe(tag=words.deadlines_tag, include_passed=words.deadlines_all, private=words.private)
    @_everywhere
    @_for_everybody
    async def deadlines(
        interaction: discord.Interaction[Any],
        tag: Text | None = None,
        include_passed: bool = False,  # noqa: FBT001, FBT002
        private: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        await responder.show(
            interaction, lambda s: DeadlinesScreen(tag=find_tag(s.knowledge, tag), include_passed=include_passed), private=private
        )

    deadlines.autocomplete("tag")(_tag_choices(responder))


def _tag_choices(responder: Responder) -> Any:  # noqa: ANN401 - discord.py's own type for this is generic over cogs
    async def tags(_: discord.Interaction[Any], text: str) -> list[app_commands.Choice[str]]:
        return guarded(text, lambda typed: [choice(t.title, t.id) for t in list_tags(responder.scene().snapshot.knowledge, typed)])

    return tags


def _country_choices(responder: Responder) -> Any:  # noqa: ANN401 - as above
    async def countries(_: discord.Interaction[Any], text: str) -> list[app_commands.Choice[str]]:
        def fitting(typed: str) -> list[app_commands.Choice[str]]:
            scene = responder.scene()
            return [choice(name_with_years(scene.phrases, c), c.id) for c in list_countries(scene.snapshot, typed)]

        return guarded(text, fitting)

    return countries


def choice(name: str, value: str) -> app_commands.Choice[str]:
    """Return a choice, cut to what Discord takes."""
    return app_commands.Choice(name=name[:100], value=value[:100])


def guarded(text: str, choices: Choices) -> list[app_commands.Choice[str]]:
    """Return the choices, or none: a failure here must not keep anybody from sending the command."""
    try:
        return choices(text)
    except Exception:  # noqa: BLE001 - the edge
        _log.exception("autocomplete failed")
        return []
