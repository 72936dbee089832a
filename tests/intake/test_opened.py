"""What a new incident is: all that the alert which opened it asks for, no more, no less."""

from dataclasses import replace
from pathlib import Path

from bridge.domain.alert import Handling
from tests.builders import make_alert
from tests.rules.given import rules_of
from tests.world import World

FAILING = """
tables:
  level: {map: {page: critical}}
defaults:
  set: {priority: "{{ level(labels.level) }}"}
"""


def test_a_new_ticket_tells_which_of_its_rules_failed(tmp_path: Path) -> None:
    here = World(rules=rules_of(tmp_path, FAILING))  # type: ignore[arg-type]  # any rule book will do
    here.fire(level="odd")
    assert "no row for 'odd'" in here.incident().desired.spec.note


def test_an_alert_that_moves_to_a_new_incident_is_still_looked_after() -> None:
    here = World()
    alert = make_alert(fingerprint="f1", starts_at=here.clock())
    here.receive(alert)
    muted = here.source.add_handled(Handling.MUTED, alert)
    here.intake.receive(here.source, muted, "application/json")
    here.receive(replace(alert, labels={**alert.labels, "instance": "db2:9100"}))
    newest = max(here.store.incidents.values(), key=lambda incident: incident.id)
    assert newest.key == "DiskFull,db2:9100"
    assert newest.desired.handling is Handling.MUTED
    assert newest.desired.handled_at == here.clock()
