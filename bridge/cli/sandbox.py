"""`bridge sandbox`: a stand-in service desk to try rules against."""

import signal
import threading
from pathlib import Path

import click

from bridge.cli.options import start_logging
from bridge.sandbox import SANDBOXES
from bridge.sandbox.faults import FaultKind


@click.command()
@click.argument("desk", type=click.Choice(sorted(SANDBOXES)))
@click.option("--port", default=0, show_default="a free one", help="The port on 127.0.0.1.")
@click.option("--latency", default="0ms", show_default=True, help="Wait this before each answer.")
@click.option(
    "--fail",
    "faults",
    multiple=True,
    metavar="KIND[=SHARE]",
    help=f"Fail calls: {', '.join(FaultKind)}.",
)
@click.option(
    "--keep",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the tickets in this file, for the next start.",
)
def sandbox(desk: str, port: int, latency: str, faults: tuple[str, ...], keep: Path | None) -> None:
    """Run a strict stand-in for DESK on loopback until Ctrl-C."""
    start_logging()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        standin = SANDBOXES[desk](latency=latency, faults=faults, keep=keep)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    standin.start(port=port)
    click.echo(f"{desk} sandbox on {standin.url}")
    while not stopping.wait(1):
        pass
    standin.stop()
