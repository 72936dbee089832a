"""What commands have in common: which configuration, and how to print."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console

from bridge.settings import Settings, load_settings
from bridge.telemetry.logging import configure_logging

PIPED_COLUMNS = 300

Command = Callable[..., Any]

config_option: Callable[[Command], Command] = click.option(
    "-c",
    "--config",
    "config",
    envvar="BRIDGE_CONFIG",
    default="bridge.yaml",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The configuration; $BRIDGE_CONFIG stands in for it.",
)

json_option: Callable[[Command], Command] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON."
)


def read_settings(config: Path) -> Settings:
    """Load the configuration and say what it warns of."""
    settings = load_settings(config, os.environ)
    for warning in settings.warnings:
        click.echo(f"warning: {warning}", err=True)
    return settings


def start_logging() -> None:
    """Log lines for people on a terminal, JSON for machines elsewhere."""
    configure_logging(json=not sys.stderr.isatty())


def console() -> Console:
    """Give a console whose lines are not broken where no terminal sets their length."""
    width = None if sys.stdout.isatty() else PIPED_COLUMNS
    return Console(highlight=False, markup=False, width=width)


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode())
