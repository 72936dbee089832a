"""`bridge rules`: one module per thing to do with mapping rules."""

import click

from bridge.cli.rules.explain import explain_command
from bridge.cli.rules.lint import lint
from bridge.cli.rules.replay import replay_command
from bridge.cli.rules.schema import schema
from bridge.cli.rules.test import test

_COMMANDS: tuple[click.Command, ...] = (explain_command, lint, replay_command, schema, test)


@click.group()
def rules() -> None:
    """Check, test and explain mapping rules; nothing here writes to a service desk."""


for command in _COMMANDS:
    rules.add_command(command)
