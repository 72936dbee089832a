"""The command line: one module per noun, and the one place where errors become exit codes."""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click
import structlog

from bridge.domain.errors import BridgeError, ConfigurationError
from bridge.telemetry.logging import masked

EXIT_FOUND_WRONG = 1
EXIT_CONFIGURATION = 2
EXIT_INTERRUPTED = 130


#: Where each command is; a desk's stand-in need not wait for the database's libraries to load.
_COMMANDS: Final[Mapping[str, str]] = {
    **{
        name: name
        for name in ("check", "db", "demo", "desks", "drill", "inbox", "init", "rules", "sandbox",
                     "serve", "sources")
    },
    "incidents": "operate",
    "web": "serve",
    "worker": "serve",
}  # fmt: skip


class Commands(click.Group):
    """Commands that are loaded when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Name them all, in alphabetical order."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Load one; None if there is none of that name."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(
            import_module(f"bridge.cli.{_COMMANDS[cmd_name]}"), cmd_name
        )
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="incident-bridge", prog_name="bridge")
def bridge() -> None:
    """Turn alerts into service desk incidents, keep them current and resolve them."""


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
