"""What commands have in common: which configuration, and how to print."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import orjson
import structlog
from click.core import ParameterSource
from rich.console import Console

from bridge.domain.errors import ConfigurationError
from bridge.settings import Settings, load_settings
from bridge.telemetry.logging import configure_logging, masked

PIPED_COLUMNS = 300

#: Stands for whatever desk the bridge will have, where no configuration names one.
ANY_BACKEND = "desk"

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


def settings_if_any(context: click.Context, config: Path) -> Settings | None:
    """Load the configuration for a command that can do without; one that was named must be fine."""
    is_named = context.get_parameter_source("config") is not ParameterSource.DEFAULT
    if not is_named and not config.exists():
        return None
    try:
        return load_settings(config, os.environ)
    except ConfigurationError as error:
        if is_named:
            raise
        click.echo(f"warning: going on without {config}:\n{masked(str(error))}", err=True)
        return None


def stop_logging() -> None:
    """Say nothing of what the parts of the bridge do: the command says what came of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def start_logging() -> None:
    """Log lines for people on a terminal, JSON for machines elsewhere."""
    configure_logging(json=not sys.stderr.isatty())


def console() -> Console:
    """Give a console whose lines are not broken where no terminal sets their length."""
    width = None if sys.stdout.isatty() else PIPED_COLUMNS
    return Console(highlight=False, markup=False, width=width)


def print_json(value: object) -> None:
    """Print a value as indented JSON, known secrets masked."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z, default=dict)
    click.echo(masked(text.decode()))
