"""`bridge rules replay`: what a change of the rules would have done to real alerts."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bridge.bootstrap import Bridge, build_sources, load_rule_book, now, open_bridge
from bridge.cli.options import config_option, json_option, print_json, read_settings, stop_logging
from bridge.cli.rules.replayed import Sides, json_of, text_of
from bridge.domain.inbox import InboxEntry
from bridge.domain.span import parse_span
from bridge.telemetry.logging import masked
from bridge.trial.replay import by_rules, on_record, replay

#: Differences that are shown unless --show says otherwise; the summary counts all.
SHOWN = 20


class SpanParameter(click.ParamType[timedelta]):
    """A span of time, as 24h or 7d."""

    name = "SPAN"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> timedelta:
        """Read a span."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_span(str(value))
        except ValueError as exc:
            self.fail(str(exc), param, ctx)


@click.command("replay")
@config_option
@click.option("--since", type=SpanParameter(), default="24h", show_default=True)
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="The new rules: a folder or file. Without it, those of the configuration are new, and "
    "old is what the bridge has on record.",
)
@click.option("--source", default="", help="Only the bodies of this source.")
@click.option("--show", default=SHOWN, show_default=True, type=click.IntRange(0))
@json_option
@click.pass_context
def replay_command(
    context: click.Context,
    config: Path,
    *,
    since: timedelta,
    against: Path | None,
    source: str,
    show: int,
    as_json: bool,
) -> None:
    """Map the stored bodies by old rules and by new ones, and say what would differ.

    Exits with 1 if anything does, as `kubectl diff`. Nothing is sent and nothing is stored.
    """
    stop_logging()
    settings = read_settings(config)
    bridge = open_bridge(settings)
    new = load_rule_book(settings, against)
    before = by_rules(load_rule_book(settings)) if against is not None else on_record(bridge.store)
    begins = now() - since
    with _shown_progress(bridge, begins, source) as bodies:
        result = replay(bodies, build_sources(settings), before, new, bridge.store)
    sides = Sides(
        old=str(settings.rules) if against is not None else "what is on record",
        new=str(against or settings.rules),
        since=begins,
    )
    if as_json:
        print_json(json_of(result, sides))
    else:
        click.echo(masked(text_of(result, sides, show)), nl=False)
    context.exit(1 if result.differences else 0)


@contextmanager
def _shown_progress(
    bridge: Bridge, begins: datetime, source: str
) -> Iterator[Iterator[InboxEntry]]:
    """Give the bodies; a person at a terminal sees how far they are, by the time they came."""
    progress = Progress(
        TextColumn("replaying {task.fields[at]}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    span = max((now() - begins).total_seconds(), 1.0)
    task = progress.add_task("", total=span, at="")

    def bodies() -> Iterator[InboxEntry]:
        for entry in bridge.store.bodies_since(begins, source):
            done = (entry.received_at - begins).total_seconds()
            progress.update(task, completed=done, at=f"{entry.received_at:%m-%d %H:%M}")
            yield entry

    with progress:
        yield bodies()
