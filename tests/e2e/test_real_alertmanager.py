"""A real Alertmanager, the real processes, two strict desks: one ticket for each fault."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.alertmanager import Alertmanager, running_alertmanager
from tests.e2e.bridge import Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import eventually

Labels = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What Alertmanager is told, and what the ticket should say."""

    labels: Labels
    priority: str
    impact: str

    @property
    def host(self) -> str:
        return self.labels["instance"].partition(":")[0]

    @property
    def subject(self) -> str:
        return f"{self.labels['alertname']} on {self.host}"


def fault(name: str, host: str, priority: str, impact: str, **labels: str) -> Fault:
    named = {"alertname": name, "instance": f"{host}:9100", **labels}
    return Fault(labels=named, priority=priority, impact=impact)


SUMMIT = (
    fault("DiskFull", "db1", "P1", "High", cluster="eu", env="prod", severity="critical"),
    fault("DiskFull", "db2", "P1", "High", cluster="eu", env="prod", severity="critical"),
    fault("DiskFull", "db3", "P4", "Low", cluster="eu", env="dev", severity="info"),
    fault("HighLoad", "web1", "P3", "Low", cluster="us", severity="warning"),
    fault("HighLoad", "web2", "P3", "Low", cluster="us", severity="warning"),
    fault("HighLoad", "web3", "P3", "High", cluster="us", env="prod", severity="warning"),
    fault("CertExpires", "proxy1", "P3", "Low", cluster="us", severity="page"),
)
STORAGE = {"team": "storage"}
SERVICEOPS = (
    fault("RaidDegraded", "nas1", "Medium", "Low", cluster="eu", severity="warning", **STORAGE),
    fault("RaidDegraded", "nas2", "Urgent", "Low", cluster="eu", severity="critical", **STORAGE),
    fault("RaidDegraded", "nas3", "Low", "Low", cluster="eu", severity="info", **STORAGE),
    fault("SnapshotOld", "nas1", "Medium", "Low", cluster="us", severity="warning", **STORAGE),
)
LAG: Labels = {"alertname": "Lag", "service": "pg1", "cluster": "eu", "instance": "pg1:9187"}
WATCHDOG: Labels = {"alertname": "Watchdog", "cluster": "eu"}


@pytest.fixture
def alertmanager(tmp_path: Path, bridge: Bridge) -> Iterator[Alertmanager]:
    """An Alertmanager that sends to the bridge."""
    webhook = f"{bridge.url}/webhooks/alertmanager"
    with running_alertmanager(tmp_path, webhook=webhook, token="am-token") as alertmanager:
        yield alertmanager


def test_every_alert_becomes_one_ticket_that_ends_with_it(
    summit: Desk, serviceops: Desk, bridge: Bridge, alertmanager: Alertmanager
) -> None:
    lag_warning, lag_critical = ({**LAG, "severity": s} for s in ("warning", "critical"))
    alertmanager.fire(*(f.labels for f in (*SUMMIT, *SERVICEOPS)), lag_warning, WATCHDOG)
    eventually(lambda: assert_filed(summit, serviceops))
    eventually(lambda: assert_lag(summit, priority="P3", is_open=True))

    first, *others = SUMMIT
    alertmanager.resolve(first.labels)
    alertmanager.fire(lag_critical)
    alertmanager.resolve(lag_warning)
    eventually(lambda: assert_resolved(summit, first))
    eventually(lambda: assert_lag(summit, priority="P1", is_open=True))
    assert all(summit.ticket(f.subject).is_open for f in others)

    alertmanager.resolve(*(f.labels for f in (*others, *SERVICEOPS)), lag_critical)
    eventually(lambda: assert_all_resolved(summit, serviceops))
    assert (summit.refused(), serviceops.refused()) == ([], [])
    eventually(lambda: assert_the_bridge_agrees(bridge, summit, serviceops))


def assert_filed(summit: Desk, serviceops: Desk) -> None:
    """Fail unless each desk has each of its tickets once, as mapped."""
    for expected in SUMMIT:
        ticket = summit.ticket(expected.subject)
        assert (ticket.priority, ticket.impact) == (expected.priority, expected.impact)
        assert (ticket.ci_key, ticket.ci_value) == ("Host Name", expected.host)
        assert ticket.custom_fields["Event ID"]
    for expected in SERVICEOPS:
        ticket = serviceops.ticket(expected.subject)
        assert (ticket.priority, ticket.impact) == (expected.priority, expected.impact)
        assert expected.labels["cluster"] in ticket.tags
        assert ticket.custom_fields
    assert len(summit.tickets()) == len(SUMMIT) + 1
    assert len(serviceops.tickets()) == len(SERVICEOPS)


def assert_lag(summit: Desk, *, priority: str, is_open: bool) -> None:
    """Fail unless the escalated fault has one ticket, of this priority."""
    ticket = summit.ticket("Lag on pg1")
    assert (ticket.priority, ticket.is_open) == (priority, is_open)


def assert_resolved(desk: Desk, expected: Fault) -> None:
    """Fail unless the fault's one ticket is resolved."""
    assert desk.ticket(expected.subject).status == "Resolved"


def assert_all_resolved(summit: Desk, serviceops: Desk) -> None:
    """Fail unless no ticket is left open, and none was filed twice."""
    tickets = [*summit.tickets(), *serviceops.tickets()]
    assert [t for t in tickets if t.status != "Resolved"] == []
    assert len(tickets) == len(SUMMIT) + 1 + len(SERVICEOPS)


def assert_the_bridge_agrees(bridge: Bridge, summit: Desk, serviceops: Desk) -> None:
    """Fail unless the API says of each ticket what its desk says."""
    said = {(i["backend"], i["ticket"]["number"]): i for i in bridge.incidents()}
    there = {("summit", t.number): t for t in summit.tickets()}
    # /api/v1/incident gives no other name of a ticket than its id.
    there |= {("serviceops", t.id): t for t in serviceops.tickets()}
    assert said.keys() == there.keys()
    for key, incident in said.items():
        assert incident["spec"]["subject"] in there[key].subject
        assert (incident["state"], incident["phase"]) == ("clear", "resolved")
        assert incident["alerts"]["firing"] == 0
        assert incident["last_error"] is None
