"""Alerts and rules in a line or two: a test says only what it is about."""

import json
import textwrap
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bridge.domain.alert import Alert, AlertStatus
from bridge.domain.decision import Decision, Dropped, Filed
from bridge.rules import Rules, load_rules
from bridge.rules.schema import TableSection
from bridge.rules.scope import lookups_for, scope_of
from bridge.rules.table_sources import compile_table
from bridge.rules.tables import Table
from bridge.rules.templates import compiler_of
from bridge.yamlfile import parse
from tests.builders import T0

BACKENDS = ("desk", "other")


def alert_of(labels: Mapping[str, str] | None = None, **changes: Any) -> Alert:
    """Make an alert that has these labels and nothing that a test did not ask for."""
    labels = labels or {}
    alert = Alert(
        source="alertmanager",
        fingerprint="f1",
        status=AlertStatus.FIRING,
        name=labels.get("alertname", "alert"),
        labels=labels,
        annotations={},
        starts_at=T0,
    )
    return replace(alert, **changes)


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file of a folder, the text without the indentation of the test."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    return file


def rules_of(
    folder: Path,
    text: str,
    *more: str,
    backends: Collection[str] | None = BACKENDS,
    default_backend: str = "desk",
) -> Rules:
    """Load rules of one file or more, named 1.yaml, 2.yaml, …; each is of version 1."""
    folder.mkdir(exist_ok=True)
    for number, content in enumerate((text, *more), 1):
        write(folder, f"{number}.yaml", f"{textwrap.dedent(content).strip()}\nversion: 1\n")
    return load_rules([folder], backends=backends, default_backend=default_backend)


def table_of(name: str, folder: Path = Path(), **section: Any) -> Table:
    """Compile a table of `rules.yaml`, which is in the folder."""
    text = json.dumps({"tables": {name: section}})
    document = parse(text, str(folder / "rules.yaml"))
    return compile_table(name, TableSection().load(section), document, folder)


def filed(decision: Decision) -> Filed:
    """Say that the alert was filed."""
    assert isinstance(decision, Filed), decision
    return decision


def dropped(decision: Decision) -> Dropped:
    """Say that the alert was dropped."""
    assert isinstance(decision, Dropped), decision
    return decision


def render(template: str, alert: Alert | None = None, *tables: Table) -> str:
    """Compile a template and render it for an alert."""
    compiled = compiler_of([table.name for table in tables]).template(template)
    return compiled.render(scope_of(alert or alert_of(), lookups_for(tables)))
