"""`bridge rules explain`: why a ticket looks as it does, from whatever shows the alert."""

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from bridge.bootstrap import (
    Bridge,
    build_desks,
    load_rule_book,
    now,
    open_bridge,
)
from bridge.cli.options import config_option, json_option, print_json, read_settings, stop_logging
from bridge.cli.rules.explanation import text_of
from bridge.domain.alert import ParsedBody
from bridge.domain.errors import MalformedBody
from bridge.domain.incident import Incident
from bridge.domain.ports import Source
from bridge.intake.describe import token_of
from bridge.settings import Settings
from bridge.settings.named import source_named
from bridge.telemetry.logging import masked
from bridge.trial.explain import PREVIEW, explain
from bridge.trial.explain import as_json as json_of
from bridge.trial.recall import last_firings_of
from bridge.trial.step_source import CONTENT_TYPE

STANDARD_INPUT = Path("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What is to be explained, and the token that its ticket has or would have."""

    parsed: ParsedBody
    token: str


@click.command("explain")
@click.argument(
    "payload", metavar="[PAYLOAD.json|-]", required=False, type=click.Path(path_type=Path)
)
@config_option
@click.option("--source", default="", help="Whose body it is: a name from `sources:`.")
@click.option("--inbox", "inbox_id", default="", help="Explain a body of the inbox.")
@click.option("--incident", "incident_id", default="", help="Explain the alerts of an incident.")
@json_option
def explain_command(
    payload: Path | None,
    config: Path,
    *,
    source: str,
    inbox_id: str,
    incident_id: str,
    as_json: bool,
) -> None:
    """Say what the rules make of a body, which rule gave each field, and what would be sent."""
    if [payload is not None, bool(inbox_id), bool(incident_id)].count(True) != 1:
        raise click.UsageError("give one of PAYLOAD.json, - (standard input), --inbox, --incident")
    stop_logging()
    settings = read_settings(config)
    bridge = open_bridge(settings)
    rules = load_rule_book(settings)
    if payload is not None:
        subject = _from_file(settings, payload, source)
    elif inbox_id:
        subject = _from_inbox(bridge, inbox_id, source)
    else:
        subject = _from_incident(bridge, incident_id, source)
    explanation = explain(subject.parsed, rules, build_desks(settings), subject.token)
    if as_json:
        print_json(json_of(explanation))
    else:
        click.echo(masked(text_of(explanation)), nl=False)


def _from_file(settings: Settings, payload: Path, name: str) -> _Subject:
    try:
        body = sys.stdin.buffer.read() if payload == STANDARD_INPUT else payload.read_bytes()
    except OSError as exc:
        message = f"{payload} cannot be read: {exc.strerror}; give the file of a recorded body"
        raise click.UsageError(message) from exc
    return _parsed(settings, _source(settings, name), body)


def _from_inbox(bridge: Bridge, inbox_id: str, name: str) -> _Subject:
    entry = bridge.store.inbox_entry(inbox_id)
    if entry is None:
        message = f"no body {inbox_id}; `bridge inbox list` shows the ids"
        raise click.ClickException(message)
    return _parsed(bridge.settings, _source(bridge.settings, name or entry.source), entry.body)


def _from_incident(bridge: Bridge, incident_id: str, name: str) -> _Subject:
    listed = bridge.store.incident(incident_id)
    if listed is None:
        message = f"no incident {incident_id}; `bridge incidents list` shows the ids"
        raise click.ClickException(message)
    incident = listed.incident
    source = _source(bridge.settings, name or incident.source)
    members = {member.fingerprint for member in bridge.store.members(incident_id)}
    alerts = last_firings_of(bridge.store, source, members, since=incident.opened_at)
    if not alerts:
        raise click.ClickException(_pruned(incident))
    return _Subject(parsed=ParsedBody(alerts=alerts), token=incident.token)


def _pruned(incident: Incident) -> str:
    return (
        f"the inbox holds no body of incident {incident.id} any more; "
        "explain a recorded one, or see `bridge incidents show`, which says what gave each field"
    )


def _parsed(settings: Settings, source: Source, body: bytes) -> _Subject:
    try:
        parsed = source.parse(body, CONTENT_TYPE, now())
    except MalformedBody as error:
        message = f"not a body of the source {source.name}: {error}"
        raise click.ClickException(message) from error
    return _Subject(parsed=parsed, token=token_of(settings.instance, PREVIEW))


def _source(settings: Settings, name: str) -> Source:
    if not name and len(settings.sources) > 1:
        raise click.UsageError(f"give --source, one of {', '.join(settings.sources)}")
    try:
        return source_named(settings, name or next(iter(settings.sources)))
    except ValueError as exc:
        raise click.UsageError(str(exc)) from exc
