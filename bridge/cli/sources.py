"""`bridge sources`: who can send, and what a body of theirs becomes."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import click
import orjson
from click.core import ParameterSource
from marshmallow import ValidationError

from bridge.bootstrap import now
from bridge.cli.options import config_option, json_option, print_json
from bridge.domain.alert import Alert, ParsedBody
from bridge.domain.errors import ConfigurationError, MalformedBody
from bridge.domain.ports import Source
from bridge.settings import load_settings
from bridge.sources import SOURCES
from bridge.sources.generic import find_preset, list_presets, preset_source


@click.group()
def sources() -> None:
    """See who can send, and try bodies."""


@sources.command("list")
@config_option
@json_option
def list_(config: Path, *, as_json: bool) -> None:
    """List the source types, and the presets of `type: generic`, yours among them."""
    presets = list(list_presets(config.parent))
    if as_json:
        told = [
            {"name": preset.name, "title": preset.title, "says_resolved": preset.says_resolved}
            for preset in presets
        ]
        print_json({"types": sorted(SOURCES), "presets": told})
        return
    for name in sorted(SOURCES):
        click.echo(f"type: {name}")
    for preset in presets:
        never = "" if preset.says_resolved else "; never says resolved: give rules an expire_after"
        click.echo(f"type: generic, preset: {preset.name:16} {preset.title}{never}")


@sources.command("try")
@click.argument("name")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--content-type",
    default="application/json",
    show_default=True,
    help="What the sender calls the body; a multipart form needs its boundary.",
)
@config_option
@json_option
@click.pass_context
def try_(
    context: click.Context,
    name: str,
    file: IO[bytes],
    *,
    content_type: str,
    config: Path,
    as_json: bool,
) -> None:
    """Show the alerts that a body becomes; nothing is stored or sent.

    NAME is a source of your configuration, a preset, a preset's .yaml file, or a source type.
    FILE is the body; - reads it from standard input. The exit code is 1 when the body, or a part
    of it, is not accepted.
    """
    is_named = context.get_parameter_source("config") is not ParameterSource.DEFAULT
    source = _source(name, config if is_named or config.is_file() else None)
    malformed, parsed = "", ParsedBody(alerts=())
    try:
        parsed = source.parse(file.read(), content_type, now())
    except MalformedBody as error:
        malformed = str(error)
    if as_json:
        print_json(_as_json(parsed, malformed))
    else:
        click.echo("\n".join(_lines(parsed, malformed)))
    context.exit(1 if malformed or parsed.rejected else 0)


def _source(name: str, config: Path | None) -> Source:
    """Find a source: configured ones first, then presets and types as they come."""
    folder = config.parent if config is not None else Path()
    try:
        configured = _configured(name, config) if config is not None else None
    except ConfigurationError:
        # Somebody who tries a preset should not need every secret of the configuration.
        if (plain := _unconfigured(name, folder)) is None:
            raise
        click.echo(f"warning: {config} cannot be used; this is {name} as it comes", err=True)
        return plain
    source = configured or _unconfigured(name, folder)
    if source is None:
        raise click.UsageError(
            f"no source, preset or type {name!r} that could be tried; `bridge sources list` "
            "shows the presets, your configuration the sources"
        )
    return source


def _configured(name: str, config: Path) -> Source | None:
    source = load_settings(config, os.environ).sources.get(name)
    return source.type.build(name, source.section) if source is not None else None


def _unconfigured(name: str, folder: Path) -> Source | None:
    preset = find_preset(name, folder)
    if preset is not None:
        return preset_source(preset, name, folder)
    kind = SOURCES.get(name)
    if kind is None:
        return None
    try:
        return kind.build(name, kind.schema().load({"type": name, "auth": "none"}))
    except ValidationError:
        return None


def _as_json(parsed: ParsedBody, malformed: str) -> Mapping[str, object]:
    return {
        "alerts": parsed.alerts,
        "rejected": parsed.rejected,
        "ignored": parsed.ignored,
        "malformed": malformed or None,
        "confirms_subscription": parsed.confirm is not None,
    }


def _lines(parsed: ParsedBody, malformed: str) -> Iterator[str]:
    if malformed:
        yield f"malformed: {malformed}"
        return
    for alert in parsed.alerts:
        yield from _told(alert)
    for rejected in parsed.rejected:
        yield f"item {rejected.index} rejected: {rejected.error}"
    if parsed.confirm is not None:
        yield "a running bridge would confirm this subscription"
    alerts = "1 alert" if len(parsed.alerts) == 1 else f"{len(parsed.alerts)} alerts"
    yield f"{alerts}, {len(parsed.rejected)} rejected, {parsed.ignored} ignored"


def _told(alert: Alert) -> Iterator[str]:
    yield f"{alert.status.value} {_quoted(alert.name)}"
    yield f"  fingerprint {_quoted(alert.fingerprint)}"
    yield f"  starts_at   {alert.starts_at.isoformat()}"
    if alert.ends_at is not None:
        yield f"  ends_at     {alert.ends_at.isoformat()}"
    for kind in ("labels", "annotations", "values", "group", "links"):
        for name, value in getattr(alert, kind).items():
            yield f"  {kind:11} {name}={_quoted(value)}"


def _quoted(value: object) -> str:
    """Write a sender's value so that it cannot steer a terminal."""
    return orjson.dumps(value).decode()
