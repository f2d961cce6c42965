"""The commands of `/alerts`: parse, one call at the desk. They work in servers only, for those who may manage one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.chat import managing
from bot.chat.alert_options import GivenChannel, TextPlace, Wanted, WantedSettings, list_resets, read_id
from bot.chat.commands import choice, guarded
from bot.chat.following import show_doctor
from bot.domain.managing import DoctorScreen, HistoryScreen, SubscriptionsScreen
from bot.services.ordering import list_zones

if TYPE_CHECKING:
    from bot.chat.desk import Desk
    from bot.domain.wording import Wording

    Choices = list[app_commands.Choice[str]]

Interaction = discord.Interaction[Any]
Place = app_commands.Transform[GivenChannel, TextPlace]
Text = app_commands.Range[str, 1, 100]
Short = app_commands.Range[str, 1, 60]
Note = app_commands.Range[str, 1, 400]
PageNumber = app_commands.Range[int, 1, 100_000]


def add_alert_commands(tree: app_commands.CommandTree[Any], desk: Desk, words: Wording) -> None:
    """Add `/alerts` to `tree`, served by `desk`."""
    group = app_commands.Group(
        name="alerts",
        description=words.alert_commands.alerts,
        # A hint to Discord's menus only: the desk checks again.
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    _add_add(group, desk, words)
    _add_edit(group, desk, words)
    _add_pauses(group, desk, words)
    _add_ends(group, desk, words)
    _add_settings(group, desk, words)
    _add_pages(group, desk, words)
    tree.add_command(group)


def _add_add(group: app_commands.Group, desk: Desk, words: Wording) -> None:
    said = words.alert_commands

    @group.command(name="add", description=said.add)
    @app_commands.describe(**_order_descriptions(words))
    async def add(  # noqa: PLR0913, PLR0917 - the command's options
        interaction: Interaction,
        channel: Place | None = None,
        what: Text | None = None,
        leads: Text | None = None,
        at: Short | None = None,
        zone: Text | None = None,
        role: discord.Role | None = None,
        publish: bool | None = None,  # noqa: FBT001
        note: Note | None = None,
    ) -> None:
        wanted = Wanted(channel=channel, what=what, leads=leads, at=at, zone=zone, role=role, publish=publish, note=note)
        await desk.serve(interaction, lambda visit: managing.add(visit, wanted))

    add.autocomplete("what")(_selectors(desk))
    add.autocomplete("zone")(_zones)


def _add_edit(group: app_commands.Group, desk: Desk, words: Wording) -> None:
    said = words.alert_commands

    @group.command(name="edit", description=said.edit)
    @app_commands.describe(subscription=said.subscription, reset=said.reset, **_order_descriptions(words))
    @app_commands.choices(reset=list_resets(words))
    async def edit(  # noqa: PLR0913, PLR0917 - the command's options
        interaction: Interaction,
        subscription: Text,
        channel: Place | None = None,
        what: Text | None = None,
        leads: Text | None = None,
        at: Short | None = None,
        zone: Text | None = None,
        role: discord.Role | None = None,
        publish: bool | None = None,  # noqa: FBT001
        note: Note | None = None,
        reset: str | None = None,
    ) -> None:
        wanted = Wanted(channel=channel, what=what, leads=leads, at=at, zone=zone, role=role, publish=publish, note=note, reset=reset)
        await desk.serve(interaction, lambda visit: managing.edit(visit, subscription, wanted))

    edit.autocomplete("subscription")(_subscriptions(desk))
    edit.autocomplete("what")(_selectors(desk))
    edit.autocomplete("zone")(_zones)


def _order_descriptions(words: Wording) -> dict[str, str]:
    names = ("channel", "what", "leads", "at", "zone", "role", "publish", "note")
    return {name: getattr(words.alert_commands, name) for name in names}


def _add_pauses(group: app_commands.Group, desk: Desk, words: Wording) -> None:
    said = words.alert_commands

    @group.command(name="pause", description=said.pause)
    @app_commands.describe(subscription=said.subscription, until=said.until)
    async def pause(interaction: Interaction, subscription: Text, until: Short | None = None) -> None:
        await desk.serve(interaction, lambda visit: managing.pause(visit, read_id(subscription), until))

    @group.command(name="resume", description=said.resume)
    @app_commands.describe(subscription=said.subscription)
    async def resume(interaction: Interaction, subscription: Text) -> None:
        await desk.serve(interaction, lambda visit: managing.resume(visit, read_id(subscription)))

    pause.autocomplete("subscription")(_subscriptions(desk))
    resume.autocomplete("subscription")(_subscriptions(desk))


def _add_ends(group: app_commands.Group, desk: Desk, words: Wording) -> None:
    said = words.alert_commands

    @group.command(name="remove", description=said.remove)
    @app_commands.describe(subscription=said.subscription)
    async def remove(interaction: Interaction, subscription: Text) -> None:
        await desk.serve(interaction, lambda visit: managing.ask_remove(visit, read_id(subscription)))

    @group.command(name="test", description=said.test)
    @app_commands.describe(subscription=said.subscription)
    async def test(interaction: Interaction, subscription: Text) -> None:
        await desk.serve(interaction, lambda visit: managing.drill(visit, read_id(subscription)))

    remove.autocomplete("subscription")(_subscriptions(desk))
    test.autocomplete("subscription")(_subscriptions(desk))

    @group.command(name="forget", description=said.forget)
    async def forget(interaction: Interaction) -> None:
        await desk.serve(interaction, managing.ask_forget)


def _add_settings(group: app_commands.Group, desk: Desk, words: Wording) -> None:
    said = words.alert_commands

    @group.command(name="settings", description=said.settings)
    @app_commands.describe(zone=said.settings_zone, at=said.settings_at, fallback=said.fallback, reset=said.reset_settings)
    @app_commands.choices(reset=[app_commands.Choice(name=said.reset_fallback, value="fallback")])
    async def settings(
        interaction: Interaction,
        zone: Text | None = None,
        at: Short | None = None,
        fallback: Place | None = None,
        reset: str | None = None,
    ) -> None:
        wanted = WantedSettings(zone=zone, at=at, fallback=fallback, reset=reset)
        await desk.serve(interaction, lambda visit: managing.settings(visit, wanted))

    settings.autocomplete("zone")(_zones)


def _add_pages(group: app_commands.Group, desk: Desk, words: Wording) -> None:
    said = words.alert_commands

    @group.command(name="list", description=said.list)
    async def list_all(interaction: Interaction) -> None:
        await desk.serve(interaction, lambda visit: managing.show_all(visit, SubscriptionsScreen()))

    @group.command(name="history", description=said.history)
    @app_commands.describe(page=said.page)
    async def history(interaction: Interaction, page: PageNumber = 1) -> None:
        await desk.serve(interaction, lambda visit: managing.show_history(visit, HistoryScreen(page - 1)))

    @group.command(name="doctor", description=said.doctor)
    async def doctor(interaction: Interaction) -> None:
        await desk.serve(interaction, lambda visit: show_doctor(visit, DoctorScreen()))


def _selectors(desk: Desk) -> Any:  # noqa: ANN401 - discord.py's own type for this is generic over cogs
    async def selectors(_: Interaction, text: str) -> Choices:
        return guarded(text, lambda typed: _choices(desk.list_selectors(typed)))

    return selectors


async def _zones(_: Interaction, text: str) -> Choices:
    return guarded(text, lambda typed: _choices(list_zones(typed)))


def _subscriptions(desk: Desk) -> Any:  # noqa: ANN401 - as above
    async def subscriptions(interaction: Interaction, text: str) -> Choices:
        return _choices(await desk.list_labels(interaction, text))

    return subscriptions


def _choices(pairs: tuple[tuple[str, str], ...]) -> Choices:
    return [choice(name, value) for name, value in pairs]
