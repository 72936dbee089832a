"""A real Alertmanager whose webhooks never arrive, and one that forgets everything."""

from pathlib import Path

from tests.e2e.alertmanager import running_alertmanager
from tests.e2e.bridge import Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import eventually, free_port

LABELS = {"alertname": "Silent", "instance": "silent1:9100", "severity": "critical"}


def assert_phase(bridge: Bridge, phase: str) -> None:
    assert bridge.incident("Silent on silent1")["phase"] == phase


def test_what_was_never_told_is_filed_and_what_is_forgotten_is_resolved(
    tmp_path: Path, summit: Desk, closed_serviceops: Desk
) -> None:
    port = free_port()
    api = f"{{urls: ['http://127.0.0.1:{port}'], receiver: bridge, every: 1s, grace: 1s}}"
    bridge = Bridge(tmp_path, summit=summit, serviceops=closed_serviceops, api=api)
    nowhere = f"http://127.0.0.1:{free_port()}/webhooks/alertmanager"
    with bridge.serving():
        with running_alertmanager(
            tmp_path / "first", webhook=nowhere, token="am-token", port=port
        ) as alertmanager:
            alertmanager.fire(LABELS)
            eventually(lambda: assert_phase(bridge, "filed"))
        with running_alertmanager(
            tmp_path / "second", webhook=nowhere, token="am-token", port=port
        ):
            eventually(lambda: assert_phase(bridge, "resolved"))
        told = bridge.ask(f"incidents/{bridge.incident('Silent on silent1')['id']}")["timeline"]
        assert [e["because"] for e in told if e["what"] == "swept"] == [
            "alertmanager has an alert that it never told of",
            "alertmanager no longer has an alert that it never said was resolved",
        ]
    assert [ticket.status for ticket in summit.tickets()] == ["Resolved"]


def test_a_silence_makes_the_ticket_pending_until_it_ends(
    tmp_path: Path, summit: Desk, closed_serviceops: Desk
) -> None:
    port = free_port()
    api = f"{{urls: ['http://127.0.0.1:{port}'], every: 1s, grace: 10m}}"
    bridge = Bridge(tmp_path, summit=summit, serviceops=closed_serviceops, api=api)

    def assert_status(word: str) -> None:
        assert [ticket.status for ticket in summit.tickets()] == [word]

    with (
        bridge.serving(),
        running_alertmanager(
            tmp_path / "alertmanager",
            webhook=f"{bridge.url}/webhooks/alertmanager",
            token="am-token",
            port=port,
        ) as alertmanager,
    ):
        alertmanager.fire(LABELS)
        eventually(lambda: assert_status("New"))
        silence = alertmanager.silence(LABELS)
        eventually(lambda: assert_status("Pending"))
        assert bridge.incident("Silent on silent1")["handling"] == "muted"
        alertmanager.end_silence(silence)
        eventually(lambda: assert_status("Assigned"))
        alertmanager.resolve(LABELS)
        eventually(lambda: assert_status("Resolved"))
    [ticket] = summit.tickets()
    assert "Muted at the sender." in " ".join(ticket.notes)
    assert summit.refused() == []
