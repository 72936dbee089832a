"""`bridge inbox`: the webhook bodies as received, and taking them again."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from bridge.bootstrap import Bridge, build_intake, build_sources, open_bridge
from bridge.cli.options import config_option, console, json_option, print_json, read_settings
from bridge.domain.errors import MalformedBody
from bridge.domain.inbox import InboxEntry, InboxOutcome, InboxQuery
from bridge.domain.ports import Source
from bridge.domain.receipt import Receipt
from bridge.intake import Intake
from bridge.web.inbox import InboxEntrySchema, InboxListSchema, ReplaySchema, replayed


@click.group()
def inbox() -> None:
    """Look at webhook bodies as received, the rejected ones first."""


@inbox.command("list")
@config_option
@click.option("--source", default="", help="Only this source's.")
@click.option(
    "--outcome",
    type=click.Choice([outcome.value for outcome in InboxOutcome]),
    default=None,
    help="Only those of which this became.",
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--cursor", default="", help="The `next` of the page before.")
@json_option
def list_(
    config: Path, *, source: str, outcome: str | None, limit: int, cursor: str, as_json: bool
) -> None:
    """List bodies, the rejected ones first, then the newest."""
    query = InboxQuery(source=source, outcome=outcome or "", limit=limit, cursor=cursor)
    page = _bridge(config).store.inbox(query)
    if as_json:
        print_json(InboxListSchema().dump(page))
        return
    table = Table(box=None)
    table.add_column("ID", no_wrap=True, min_width=26)
    for heading in ("RECEIVED (UTC)", "SOURCE", "OUTCOME", "SEEN", "REASON"):
        table.add_column(heading, overflow="fold")
    for body in page.bodies:
        received = f"{body.received_at:%Y-%m-%d %H:%M:%S}"
        seen = str(body.times_seen)
        table.add_row(body.id, received, body.source, body.outcome.value, seen, body.reason)
    console().print(table)
    if page.next:
        click.echo(f"more: --cursor {page.next}")


@inbox.command()
@click.argument("body_id", metavar="ID")
@config_option
@json_option
def show(body_id: str, config: Path, *, as_json: bool) -> None:
    """Print one body as it was received."""
    entry = _entry(_bridge(config), body_id)
    if as_json:
        print_json(InboxEntrySchema().dump(entry))
        return
    click.echo(f"{entry.id}  {entry.source}  {entry.outcome.value}  {entry.reason}", err=True)
    sys.stdout.buffer.write(entry.body)


@inbox.command()
@click.argument("body_ids", metavar="[ID]...", nargs=-1)
@click.option("--rejected", is_flag=True, help="Every body that was rejected, whole or in part.")
@config_option
@json_option
@click.pass_context
def replay(
    context: click.Context,
    body_ids: tuple[str, ...],
    config: Path,
    *,
    rejected: bool,
    as_json: bool,
) -> None:
    """Take bodies again, oldest first, after a source or a rule was mended.

    Alerts of which something newer is known are left alone: twice is as good as once.
    """
    if bool(body_ids) == rejected:
        raise click.UsageError("name the bodies, or give --rejected for all that were")
    bridge = _bridge(config)
    entries = _rejected(bridge) if rejected else [_entry(bridge, id_) for id_ in body_ids]
    outcomes = _replayed(bridge, sorted(entries, key=lambda entry: entry.id))
    if as_json:
        print_json([_said(entry, outcome) for entry, outcome in outcomes])
    else:
        for entry, outcome in outcomes:
            click.echo(f"{entry.id}  {entry.source}  {_words(outcome)}")
    context.exit(1 if any(isinstance(outcome, str) for _, outcome in outcomes) else 0)


def _bridge(config: Path) -> Bridge:
    return open_bridge(read_settings(config))


def _entry(bridge: Bridge, body_id: str) -> InboxEntry:
    entry = bridge.store.inbox_entry(body_id)
    if entry is None:
        message = f"no body {body_id}; `bridge inbox list` shows the ids"
        raise click.ClickException(message)
    return entry


def _rejected(bridge: Bridge) -> list[InboxEntry]:
    found: list[InboxEntry] = []
    for outcome in (InboxOutcome.REJECTED, InboxOutcome.PARTIAL):
        cursor: str | None = ""
        while cursor is not None:
            page = bridge.store.inbox(InboxQuery(outcome=outcome.value, cursor=cursor, limit=200))
            found += [_entry(bridge, body.id) for body in page.bodies]
            cursor = page.next
    return found


def _replayed(
    bridge: Bridge, entries: Sequence[InboxEntry]
) -> Sequence[tuple[InboxEntry, Receipt | str]]:
    sources, intake = build_sources(bridge.settings), build_intake(bridge)
    return [(entry, _taken_again(intake, sources.get(entry.source), entry)) for entry in entries]


def _taken_again(intake: Intake, source: Source | None, entry: InboxEntry) -> Receipt | str:
    """Take a body again; words instead of a receipt say why it is still unusable."""
    if source is None:
        return f"no source {entry.source} is configured any more; add it to sources:"
    try:
        return intake.replay(source, entry)
    except MalformedBody as still:
        return f"still rejected: {still}"


def _words(outcome: Receipt | str) -> str:
    if isinstance(outcome, str):
        return outcome
    return (
        f"{outcome.accepted} accepted, {outcome.dropped} dropped, "
        f"{len(outcome.rejected)} rejected, {outcome.stale} left alone"
    )


def _said(entry: InboxEntry, outcome: Receipt | str) -> object:
    if isinstance(outcome, str):
        return {"receipt": entry.id, "error": outcome}
    return ReplaySchema().dump(replayed(outcome))
