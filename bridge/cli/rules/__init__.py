"""`bridge rules`: one module per thing to do with mapping rules."""

import click

from bridge.cli.rules.lint import lint
from bridge.cli.rules.schema import schema

_COMMANDS: tuple[click.Command, ...] = (lint, schema)


@click.group()
def rules() -> None:
    """Check, test and explain mapping rules; nothing here writes to a service desk."""


for command in _COMMANDS:
    rules.add_command(command)
