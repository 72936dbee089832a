"""What a body adds to the metrics."""

from pathlib import Path

from prometheus_client import REGISTRY

from bridge.domain.alert import AlertStatus, ParsedBody, RejectedAlert
from tests.builders import FakeSource, make_alert
from tests.rules.given import rules_of
from tests.world import World

RULES = """
rules:
  - {id: everybody, match: ['team!=""'], set: {urgency: high}}
  - {id: web only, match: ['team="web"'], set: {workgroup: Web}}
"""


def alerts(source: str, status: str) -> float | None:
    labels = {"source": source, "status": status}
    return REGISTRY.get_sample_value("bridge_alerts_total", labels)


def matches(rule: str) -> float:
    return REGISTRY.get_sample_value("bridge_rule_matches_total", {"rule": rule}) or 0.0


def test_each_alert_of_a_body_is_counted_by_what_it_says() -> None:
    here = World(source=FakeSource(name="counted"))
    firing = [make_alert(fingerprint=f"f{n}") for n in range(3)]
    ended = [make_alert(fingerprint=f"r{n}", status=AlertStatus.RESOLVED) for n in range(2)]
    rejected = tuple(RejectedAlert(index=n, error="odd") for n in range(4))
    here.source.bodies.append(
        ParsedBody(alerts=(*firing, *ended), rejected=rejected, ignored=6, handled=())
    )
    for _ in range(2):
        here.intake.receive(here.source, b"0", "application/json")
    told = {status: alerts("counted", status) for status in ("firing", "resolved", "rejected")}
    assert told == {"firing": 6, "resolved": 4, "rejected": 8}
    assert alerts("counted", "ignored") == 12


def test_what_could_go_wrong_with_alerts_is_counted_from_zero_on() -> None:
    here = World(source=FakeSource(name="from zero"))
    here.fire()
    assert (alerts("from zero", "rejected"), alerts("from zero", "ignored")) == (0, 0)


def test_a_rule_is_counted_once_for_each_alert_that_it_applied_to(tmp_path: Path) -> None:
    here = World(rules=rules_of(tmp_path, RULES))  # type: ignore[arg-type]  # any rule book will do
    before = matches("everybody"), matches("web only")
    here.receive(
        *(make_alert(fingerprint=str(n), labels={"team": "web" if n else "db"}) for n in range(3))
    )
    assert (matches("everybody") - before[0], matches("web only") - before[1]) == (3, 2)
