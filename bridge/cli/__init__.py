"""The command line: one module per noun, and the one place where errors become exit codes."""

import os
import sys

import click
import structlog

from bridge.cli.check import check
from bridge.cli.db import db
from bridge.cli.demo import demo
from bridge.cli.desks import desks
from bridge.cli.drill import drill
from bridge.cli.inbox import inbox
from bridge.cli.init import init
from bridge.cli.operate import incidents
from bridge.cli.rules import rules
from bridge.cli.sandbox import sandbox
from bridge.cli.serve import serve, web, worker
from bridge.cli.sources import sources
from bridge.domain.errors import BridgeError, ConfigurationError
from bridge.telemetry.logging import masked

EXIT_FOUND_WRONG = 1
EXIT_CONFIGURATION = 2
EXIT_INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="incident-bridge", prog_name="bridge")
def bridge() -> None:
    """Turn alerts into service desk incidents, keep them current and resolve them."""


for command in (
    check, db, demo, desks, drill, inbox, incidents, init, rules, sandbox, serve, sources, web,
    worker,
):  # fmt: skip
    bridge.add_command(command)


def main() -> None:
    """Run a command; whatever goes wrong is said in a line, never as a traceback."""
    try:
        # Without its standalone mode click gives the code of context.exit() instead of exiting.
        sys.exit(bridge(standalone_mode=False))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        is_usage = isinstance(error, click.UsageError)
        sys.exit(EXIT_CONFIGURATION if is_usage else EXIT_FOUND_WRONG)
    except BridgeError as error:
        is_configuration = isinstance(error, ConfigurationError)
        _say(str(error) if is_configuration else f"bridge: {error}")
        sys.exit(EXIT_CONFIGURATION if is_configuration else EXIT_FOUND_WRONG)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FOUND_WRONG)
    except Exception as error:  # noqa: BLE001  # the last line before the user
        _unexpected(error)


def _unexpected(error: Exception) -> None:
    if os.environ.get("BRIDGE_DEBUG"):
        structlog.get_logger().exception("unexpected error")
    _say(
        f"bridge: unexpected {type(error).__name__}: {error}; "
        "run again with BRIDGE_DEBUG=1 for the details and report them"
    )
    sys.exit(EXIT_FOUND_WRONG)


def _say(text: str) -> None:
    click.echo(masked(text), err=True)
