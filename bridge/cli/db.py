"""`bridge db`: the database's schema, size and copies."""

from pathlib import Path

import click

from bridge.bootstrap import open_bridge, prune
from bridge.cli.options import config_option, json_option, print_json, read_settings


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@config_option
def upgrade(config: Path) -> None:
    """Bring the tables up to date; `serve`, `web` and `worker` do so themselves.

    The release before keeps working on them meanwhile.
    """
    open_bridge(read_settings(config), upgrade=True)
    click.echo("the database is up to date")


@db.command("prune")
@config_option
@json_option
def prune_(config: Path, *, as_json: bool) -> None:
    """Forget what is over and old, as `retention:` says; a worker does so every hour."""
    pruned = prune(open_bridge(read_settings(config)))
    if as_json:
        print_json(pruned)
    else:
        click.echo(f"forgot {pruned.bodies} webhook bodies and {pruned.incidents} incidents")


@db.command()
@config_option
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def backup(config: Path, file: Path) -> None:
    """Copy the database into a new FILE while the bridge runs (SQLite)."""
    open_bridge(read_settings(config)).store.backup(file)
    click.echo(f"copied to {file}")
