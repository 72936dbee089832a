"""What a person may do to an incident from a shell; the worker brings it to the desk."""

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bridge.bootstrap import Bridge, build_desks, build_operations, open_bridge
from bridge.cli.incidents import incidents
from bridge.cli.options import config_option, read_settings
from bridge.domain.reading import IncidentQuery
from bridge.operations import Operations

__all__ = ["incidents"]

id_argument: Callable[[Callable[..., Any]], Callable[..., Any]] = click.argument(
    "incident_id", metavar="ID"
)


@incidents.command()
@click.argument("incident_ids", metavar="[ID]...", nargs=-1)
@config_option
@click.option("--parked", is_flag=True, help="Every incident that waits for a person.")
@click.option(
    "--set",
    "edits",
    multiple=True,
    metavar="FIELD=VALUE",
    help="A value over that of the rules from now on: priority=high, CustomFields.Score=7.",
)
def retry(
    incident_ids: tuple[str, ...], config: Path, *, parked: bool, edits: tuple[str, ...]
) -> None:
    """Try again at once, with a person's values if any are given."""
    if bool(incident_ids) == parked:
        raise click.UsageError("name the incidents, or give --parked for all that wait")
    bridge, said = _bridge(config), _edits(edits)
    operations = build_operations(bridge)
    for incident_id in _parked(bridge) if parked else incident_ids:
        operations.retry(incident_id, _who(), said)
        click.echo(f"{incident_id} is tried again now")


@incidents.command()
@id_argument
@config_option
def resolve(incident_id: str, config: Path) -> None:
    """Resolve the ticket now, whatever fires and whoever has it."""
    _operations(config).resolve(incident_id, _who())
    click.echo(f"{incident_id} is being resolved")


@incidents.command()
@id_argument
@config_option
def cancel(incident_id: str, config: Path) -> None:
    """Cancel the ticket, or file none if there is none yet."""
    _operations(config).cancel(incident_id, _who())
    click.echo(f"{incident_id} is being cancelled")


@incidents.command()
@id_argument
@click.argument("text")
@config_option
def note(incident_id: str, text: str, config: Path) -> None:
    """Add a note to the ticket."""
    _operations(config).comment(incident_id, _who(), text)
    click.echo(f"the note goes to the ticket of {incident_id}")


@incidents.command()
@id_argument
@click.argument("ticket_number", metavar="TICKET")
@config_option
def adopt(incident_id: str, ticket_number: str, config: Path) -> None:
    """Take a ticket that is at the desk already for the incident's own."""
    bridge = _bridge(config)
    listed = bridge.store.incident(incident_id)
    if listed is None:
        message = f"no incident {incident_id}; `bridge incidents list` shows the ids"
        raise click.ClickException(message)
    desk = build_desks(bridge.settings)[listed.incident.backend]
    ticket = desk.lookup(ticket_number)
    build_operations(bridge).adopt(incident_id, _who(), ticket)
    click.echo(f"{incident_id} has the ticket {ticket.number} ({ticket.status}) now")


def _bridge(config: Path) -> Bridge:
    return open_bridge(read_settings(config))


def _parked(bridge: Bridge) -> list[str]:
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = bridge.store.incidents(IncidentQuery(parked=True, cursor=cursor, limit=200))
        found += [listed.incident.id for listed in page.incidents]
        cursor = page.next
    return found


def _operations(config: Path) -> Operations:
    return build_operations(_bridge(config))


def _who() -> str:
    """Name whoever sits at the shell; a container's user may have no name."""
    try:
        return f"{getpass.getuser()}, from a shell"
    except (KeyError, OSError):
        return "somebody at a shell"


def _edits(texts: tuple[str, ...]) -> dict[str, object]:
    edits: dict[str, Any] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            message = f"{text!r} is no edit; write FIELD=VALUE"
            raise click.UsageError(message)
        field, _, custom = name.partition(".")
        if custom:
            edits.setdefault(field, {})[custom] = value
        else:
            edits[name] = value
    return edits
