"""`bridge drill`: a made-up alert through the running bridge and each real desk."""

import time
from datetime import timedelta
from pathlib import Path

import click
from rich.table import Table

from bridge.bootstrap import build_drill, is_worker_alive, open_bridge
from bridge.cli.options import config_option, console, json_option, print_json, read_settings
from bridge.domain.drill import DrillResult
from bridge.domain.span import parse_span


class SpanType(click.ParamType[timedelta]):
    """A span of time on the command line."""

    name = "span"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, context: click.Context | None
    ) -> timedelta:
        """Read 60s and the like."""
        try:
            return value if isinstance(value, timedelta) else parse_span(value)
        except ValueError as error:
            self.fail(str(error), param, context)


@click.command()
@config_option
@click.option("--backend", "names", multiple=True, help="Only this desk; may be repeated.")
@click.option(
    "--timeout",
    type=SpanType(),
    default="60s",
    show_default=True,
    help="How long filing, and resolving, may take.",
)
@json_option
@click.pass_context
def drill(
    context: click.Context,
    config: Path,
    *,
    names: tuple[str, ...],
    timeout: timedelta,
    as_json: bool,
) -> None:
    """File a made-up alert at each desk, resolve it, and say how long that took.

    Exits with 1 if any of it failed; `bridge_drill_success` says so to Prometheus.
    """
    bridge = open_bridge(read_settings(config))
    unknown = [name for name in names if name not in bridge.settings.backends]
    if unknown:
        known = ", ".join(bridge.settings.backends)
        raise click.UsageError(f"no backend {unknown[0]}; choose from {known}")
    if not is_worker_alive(bridge.store):
        message = "no worker was seen lately; start `bridge serve` or `bridge worker` first"
        raise click.ClickException(message)
    drilling = build_drill(bridge, time.sleep)
    results = [drilling.run(name, timeout) for name in names or bridge.settings.backends]
    if as_json:
        print_json([{**_said(result), "passed": result.has_passed} for result in results])
    else:
        console().print(_table(results))
    context.exit(0 if all(result.has_passed for result in results) else 1)


def _said(result: DrillResult) -> dict[str, object]:
    return {name: getattr(result, name) for name in DrillResult.__dataclass_fields__}


def _table(results: list[DrillResult]) -> Table:
    table = Table(box=None)
    for heading in ("DESK", "DRILL", "FILED AFTER", "RESOLVED AFTER", "WHY"):
        table.add_column(heading, overflow="fold")
    for result in results:
        said = "passed" if result.has_passed else "failed"
        took = (result.file_seconds, result.resolve_seconds)
        spans = [f"{seconds:.2f} s" if seconds is not None else "-" for seconds in took]
        table.add_row(result.backend, said, *spans, result.why)
    return table
