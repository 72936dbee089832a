"""A table that has no row for an alert: counted, and listed by its key."""

from pathlib import Path

from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from tests.builders import make_alert
from tests.rules.given import rules_of
from tests.world import World

RULES = """
tables:
  owners: {map: {pay: Payments}, miss: NOC}
  level: {map: {page: critical}}
rules:
  - id: owner
    match: ['team!=""']
    set: {workgroup: "{{ owners(labels.team) }}", note: "{{ owners(labels.team) }}"}
  - {id: level, match: ['level!=""'], set: {urgency: "{{ level(labels.level) }}"}}
"""


def counted(table: str) -> float:
    return REGISTRY.get_sample_value("bridge_table_misses_total", {"table": table}) or 0.0


def world(folder: Path) -> World:
    return World(rules=rules_of(folder, RULES))  # type: ignore[arg-type]  # any rule book will do


def test_a_miss_is_counted_once_for_an_alert_and_listed_with_its_key(tmp_path: Path) -> None:
    before = counted("owners")
    here = world(tmp_path)
    with capture_logs() as logs:
        here.fire(team="web")
    assert counted("owners") == before + 1
    opened = here.store.timeline[0].detail
    assert opened["misses"] == ["owners: web"]
    assert [(line["event"], line["table"], line["key"]) for line in logs] == [
        ("table has no row", "owners", ["web"])
    ]


def test_what_many_alerts_of_a_body_miss_is_counted_for_each_and_logged_once(
    tmp_path: Path,
) -> None:
    before = counted("owners")
    here = world(tmp_path)
    teams = ("web", "shop", "web")
    alerts = [make_alert(f"A{n}", labels={"team": team}) for n, team in enumerate(teams)]
    with capture_logs() as logs:
        here.receive(*alerts)
    assert counted("owners") == before + 3
    told = [(line["key"], line["alerts"]) for line in logs if line["event"] == "table has no row"]
    assert told == [(["web"], 2), (["shop"], 1)]


def test_a_row_is_no_miss(tmp_path: Path) -> None:
    before = counted("owners")
    here = world(tmp_path)
    here.fire(team="pay")
    assert counted("owners") == before
    assert "misses" not in here.store.timeline[0].detail


def test_a_miss_that_nothing_stands_in_for_is_listed_too(tmp_path: Path) -> None:
    before = counted("level")
    here = world(tmp_path)
    here.fire(level="odd")
    assert counted("level") == before + 1
    opened = here.store.timeline[0].detail
    assert opened["misses"] == ["level: odd"]
    assert opened["faults"] == ["table level has no row for 'odd', and no miss:"]
