"""`bridge rules`: one module per thing to do with mapping rules."""

import click

_COMMANDS: tuple[click.Command, ...] = ()


@click.group()
def rules() -> None:
    """Check, test and explain mapping rules; nothing here writes to a service desk."""


for command in _COMMANDS:
    rules.add_command(command)
