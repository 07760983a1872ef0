"""The `quartier` command: gathers what the rooms offer to an operator."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import ScriptInfo

from instance import running, upkeep
from instance.app import create_app
from instance.core.console import Group, speak
from instance.mastodon.commands import token
from instance.pages.commands import page_group
from instance.partners.commands import commands as agreement_commands
from instance.peers.commands import peer_group
from instance.posts.commands import search_group
from instance.quartiers.commands import import_group, quartier_group, where
from instance.quartiers.key_commands import key_group
from instance.verification.resident_commands import resident_group


class City(Group):
    """The top group: settings are read when a command needs the application, not for --help."""

    def invoke(self, ctx: click.Context) -> Any:
        ctx.obj = ScriptInfo(create_app=create_app, set_debug_flag=False)
        return super().invoke(ctx)

    def main(self, *words: Any, **wishes: Any) -> Any:
        speak()
        return super().main(*words, **wishes)


@click.group(cls=City, help="Quartier Libre : une instance, une ville, ses quartiers.")
@click.version_option(package_name="quartier-libre", help="Dit la version.")
def main() -> None:
    """Gather; each command opens the application it needs."""


COMMANDS: tuple[click.Command, ...] = (
    running.serve,
    running.web,
    running.stream,
    running.worker,
    running.migrate,
    running.jobs_group,
    import_group,
    where,
    quartier_group,
    resident_group,
    token,
    page_group,
    peer_group,
    search_group,
    key_group,
    upkeep.doctor,
    upkeep.backup,
    upkeep.restore,
)
for command in agreement_commands:
    peer_group.add_command(command)
for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()
