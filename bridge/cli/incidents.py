"""`bridge incidents`: look at incidents from a shell."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
import orjson
from rich.table import Table

from bridge.bootstrap import open_bridge
from bridge.cli.options import config_option, console, json_option, print_json, read_settings
from bridge.domain.incident import DesiredState, Incident
from bridge.domain.overflow import is_overflow
from bridge.domain.reading import IncidentQuery, ListedIncident, Reader
from bridge.domain.ticket import Ticket
from bridge.web.schemas import IncidentDetailSchema, IncidentListSchema


@click.group()
def incidents() -> None:
    """Look at incidents."""


@incidents.command("list")
@config_option
@click.option("--state", type=click.Choice([state.value for state in DesiredState]), default=None)
@click.option("--backend", default="", help="Only this service desk's.")
@click.option("--key", default="", help="Only this key's.")
@click.option("--rule", default="", help="Only those that this rule applied to last.")
@click.option("--parked", is_flag=True, help="Only those that wait for a person.")
@click.option("-q", "words", default="", help="Part of subject, key, token or ticket number.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--cursor", default="", help="The `next` of the page before.")
@json_option
def list_(config: Path, *, as_json: bool, words: str, state: str | None, **narrow: Any) -> None:
    """List incidents, newest first."""
    reader = open_bridge(read_settings(config)).store
    page = reader.incidents(IncidentQuery(q=words, state=state or "", **narrow))
    if as_json:
        print_json(IncidentListSchema().dump(page))
        return
    console().print(_table(page.incidents))
    if page.next:
        click.echo(f"more: --cursor {page.next}")


@incidents.command()
@click.argument("incident_id", metavar="ID")
@config_option
@json_option
def show(incident_id: str, config: Path, *, as_json: bool) -> None:
    """Show one incident with its alerts and its timeline."""
    reader = open_bridge(read_settings(config)).store
    listed = reader.incident(incident_id)
    if listed is None:
        message = f"no incident {incident_id}; `bridge incidents list` shows the ids"
        raise click.ClickException(message)
    if as_json:
        print_json(_detail(reader, listed))
        return
    _print_incident(reader, listed)


def _detail(reader: Reader, listed: ListedIncident) -> object:
    return IncidentDetailSchema().dump(
        {
            "listed": listed,
            "timeline": reader.timeline(listed.incident.id),
            "members": reader.members(listed.incident.id),
        }
    )


def _table(listed: Sequence[ListedIncident]) -> Table:
    table = Table(box=None)
    # An id that is cut cannot be asked for.
    table.add_column("ID", no_wrap=True, min_width=26)
    for heading in ("PHASE", "DESK", "TICKET", "PRIORITY", "SUBJECT", "ALERTS"):
        table.add_column(heading, overflow="fold")
    for item in listed:
        incident, ticket = item.incident, item.incident.observed.ticket
        table.add_row(
            incident.id,
            incident.phase.value,
            incident.backend,
            ticket.number if ticket else "-",
            incident.desired.spec.priority or "-",
            incident.desired.spec.subject,
            _alerts(item),
        )
    return table


def _alerts(item: ListedIncident) -> str:
    if is_overflow(item.incident):
        return "those of others"
    return f"{item.firing} firing, {item.resolved} cleared"


def _print_incident(reader: Reader, listed: ListedIncident) -> None:
    incident = listed.incident
    say = partial(console().print, soft_wrap=True)
    handled = f", {incident.desired.handling.value}" if incident.desired.is_handled else ""
    say(f"{incident.id}  {incident.phase.value}{handled}  {incident.desired.spec.subject}")
    for name, said in _standing(incident):
        say(f"  {name:7} {said}")
    say("alerts")
    for member in reader.members(incident.id):
        say(f"  {member.status.value:9} {member.title}")
    say("timeline")
    for entry in reader.timeline(incident.id):
        say(f"  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.what:13} {entry.because}")


def _standing(incident: Incident) -> Iterator[tuple[str, str]]:
    """Give what is to say of where the incident stands, by name."""
    observed, ticket = incident.observed, incident.observed.ticket
    yield "desk", incident.backend
    yield "ticket", f"{ticket.number} ({ticket.status})" if ticket else "none"
    yield "key", incident.key.strip()
    yield "rule", incident.rule or "none matched; filed by the defaults"
    if incident.overflow_id is not None:
        yield "listed", f"in the ticket of {incident.overflow_id}: its budget was spent"
    if ticket is not None:
        yield from _people(ticket)
    if incident.edits:
        yield "edits", orjson.dumps(incident.edits).decode()
    if observed.last_error is not None:
        yield "error", observed.last_error.message
    if incident.is_parked:
        retry = f"bridge incidents retry {incident.id}"
        yield "parked", f"mend the rule or the desk, then `{retry}`; or add --set FIELD=VALUE"


def _people(ticket: Ticket) -> Iterator[tuple[str, str]]:
    """Give what people did to a ticket."""
    if ticket.assignee:
        yield "with", f"{ticket.assignee}{' (taken over)' if ticket.taken_over else ''}"
    if ticket.theirs:
        yield "theirs", f"{', '.join(sorted(ticket.theirs))}: a person wrote there"
