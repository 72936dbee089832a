"""Senders other than Alertmanager's webhook, and senders that mean no good."""

import gzip
import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.e2e.alertmanager import running_for_pagerduty
from tests.e2e.alerts import alert, body
from tests.e2e.bridge import SENDER, Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import eventually

PAYLOADS = Path(__file__).parent.parent / "payloads"
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
HOOK = "/webhooks/alertmanager"

_SOURCES = f"""\
sources:
  grafana: {{type: grafana, auth: none}}
  pagerduty: {{type: pagerduty, auth: {{routing_key: {ROUTING_KEY}}}}}
"""

#: More than one worker takes, so that the slowest have to make way for the others.
SLOW_SENDERS = 650


@pytest.fixture(scope="module")
def summit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all tests here; each has subjects of its own."""
    desk = Desk("summit", tmp_path_factory.mktemp("summit"))
    with desk.running():
        yield desk


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory, summit: Desk) -> Iterator[Bridge]:
    """One bridge for all tests here, with more sources than usual and less patience."""
    folder = tmp_path_factory.mktemp("bridge")
    bridge = Bridge(folder, summit=summit, serviceops=Desk("serviceops", folder))
    file = folder / "bridge.yaml"
    text = file.read_text().replace("sources:\n", _SOURCES, 1)
    file.write_text(text.replace("server:\n", "server:\n  read_timeout: 3s\n  max_alerts: 50\n", 1))
    with bridge.serving():
        yield bridge


def send_grafana(bridge: Bridge, name: str, rule: str) -> None:
    """Send one of the written bodies, with a rule's name of its own."""
    text = (PAYLOADS / "grafana" / f"{name}.json").read_text("utf-8").replace("QueueDepth", rule)
    answer = bridge.raw("POST", "/webhooks/grafana", json=json.loads(text))
    assert answer.status_code == 202, answer.text


def assert_ticket(summit: Desk, subject: str, *, is_open: bool) -> None:
    """Fail unless there is one ticket of this subject, and it is as said."""
    assert summit.ticket(subject).is_open is is_open
    assert summit.refused() == []


def test_alertmanagers_pagerduty_receiver_files_and_resolves(
    bridge: Bridge, summit: Desk, tmp_path: Path
) -> None:
    url = f"{bridge.url}/v2/enqueue"
    labels = {"alertname": "PagedDisk", "instance": "db1:9100", "cluster": "eu"}
    other = {"alertname": "PagedLoad", "instance": "db1:9100", "cluster": "eu"}
    with running_for_pagerduty(tmp_path, url=url, routing_key=ROUTING_KEY) as alertmanager:
        alertmanager.fire(labels, other)
        eventually(lambda: assert_ticket(summit, "PagedDisk", is_open=True))
        eventually(lambda: assert_ticket(summit, "PagedLoad", is_open=True))
        alertmanager.resolve(labels)
        eventually(lambda: assert_ticket(summit, "PagedDisk", is_open=False))
        assert_ticket(summit, "PagedLoad", is_open=True)
        alertmanager.resolve(other)
        eventually(lambda: assert_ticket(summit, "PagedLoad", is_open=False))


def test_a_rule_without_data_has_one_ticket_that_ends_when_data_is_back(
    bridge: Bridge, summit: Desk
) -> None:
    send_grafana(bridge, "no_data_firing", "Silent")
    eventually(lambda: assert_ticket(summit, "Silent", is_open=True))
    send_grafana(bridge, "error_firing", "Silent")
    assert "returned no data" in summit.ticket("Silent").description
    send_grafana(bridge, "no_data_resolved", "Silent")
    (incident,) = [i for i in bridge.incidents() if "Silent" in i["spec"]["subject"]]
    assert incident["alerts"] == {"firing": 1, "resolved": 1}
    send_error_resolved(bridge)
    eventually(lambda: assert_ticket(summit, "Silent", is_open=False))


def test_a_ticket_leads_to_dashboard_panel_silence_and_image(bridge: Bridge, summit: Desk) -> None:
    send_grafana(bridge, "firing", "Linked")

    def assert_linked() -> None:
        said = [t.description for t in summit.tickets() if "Linked" in t.subject]
        assert len(said) == 2
        links = ("/d/queues?orgId=1", "viewPanel=4", "/alerting/silence/new", "/render/")
        assert all(link in "".join(said) for link in links)

    eventually(assert_linked)


def send_error_resolved(bridge: Bridge) -> None:
    """End the error that `error_firing` began."""
    said = json.loads((PAYLOADS / "grafana" / "error_firing.json").read_text("utf-8"))
    (item,) = said["alerts"]
    item["labels"]["rulename"] = "Silent"
    item |= {"status": "resolved", "endsAt": "2026-10-05T12:00:00Z"}
    assert bridge.raw("POST", "/webhooks/grafana", json=said).status_code == 202


def test_grafanas_test_button_is_a_success_without_a_ticket(bridge: Bridge, summit: Desk) -> None:
    before = len(bridge.incidents())
    for name in ("test_button", "legacy_test_button"):
        send_grafana(bridge, name, "unused")
    assert len(bridge.incidents()) == before


def rejected(bridge: Bridge) -> dict[str, int]:
    """Give why bodies were rejected, and how often each came."""
    with closing(sqlite3.connect(bridge.folder / "bridge.db")) as database:
        query = "SELECT reason, times_seen FROM inbox WHERE outcome = 'rejected'"
        return dict(database.execute(query).fetchall())


def test_authentic_bodies_that_do_not_fit_are_kept_once_with_the_reason(bridge: Bridge) -> None:
    bodies = {
        b"[" * 300 + b"]" * 300: "nested more than 64 levels deep; send it flatter",
        json.dumps(body(*(alert("Many", n=str(n)) for n in range(51)))).encode(): (
            "51 alerts in one body; send at most 50 or raise `server.max_alerts`"
        ),
        b"\x1f\x8bnot gzip": "the body is not packed by gzip, as its header says",
        gzip.compress(b" " * 300_000, mtime=0): (
            "the unpacked body is larger than 200000 bytes; send less at once or raise "
            "`server.max_body`"
        ),
    }
    for content, reason in bodies.items():
        packed = {"Content-Encoding": "gzip"} if content.startswith(b"\x1f\x8b") else {}
        headers = {**SENDER, "Content-Type": "application/json", **packed}
        answers = [bridge.raw("POST", HOOK, data=content, headers=headers) for _ in range(2)]
        assert {a.status_code for a in answers} <= {400, 413}
        assert answers[0].json()["detail"] == reason
    assert rejected(bridge).items() >= dict.fromkeys(bodies.values(), 2).items()


def test_a_packed_body_is_filed(bridge: Bridge, summit: Desk) -> None:
    content = gzip.compress(json.dumps(body(alert("Packed", instance="zip:1"))).encode())
    headers = {**SENDER, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert bridge.raw("POST", HOOK, data=content, headers=headers).status_code == 202
    eventually(lambda: assert_ticket(summit, "Packed on zip", is_open=True))


HEAD = b"POST /webhooks/alertmanager HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        HEAD + b"X-Slow: ",
        HEAD + b"Content-Length: 100\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n",
    ],
    ids=["nothing", "head", "body", "chunk"],
)
def test_senders_that_never_finish_keep_nobody_else_out(bridge: Bridge, beginning: bytes) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(_connection(bridge, beginning)) for _ in range(SLOW_SENDERS)]
        for _ in range(20):
            answer = bridge.raw("POST", HOOK, json=body(), headers=SENDER, timeout=3)
            assert answer.status_code == 202
        last = slow[-1]
        last.settimeout(10)
        said = last.recv(1000)
    assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n" if beginning else b"")
    assert beginning or said == b""


def _connection(bridge: Bridge, beginning: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", bridge.port), timeout=10)
    connection.sendall(beginning)
    return connection


def test_a_sender_that_asks_first_is_told_to_go_on(bridge: Bridge) -> None:
    content = json.dumps(body()).encode()
    head = HEAD + (
        b"Authorization: Bearer am-token\r\n"
        b"Content-Type: application/json\r\nExpect: 100-continue\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n" % len(content)
    )
    with _connection(bridge, head) as connection:
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(content)
        said = b"".join(iter(lambda: connection.recv(10_000), b""))
    assert b"HTTP/1.1 202 ACCEPTED\r\n" in said


def test_two_requests_sent_at_once_over_one_connection_are_both_answered(bridge: Bridge) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with _connection(bridge, request + last) as connection:
        said = b"".join(iter(lambda: connection.recv(10_000), b""))
    assert said.count(b"HTTP/1.1 200 OK\r\n") == 2
