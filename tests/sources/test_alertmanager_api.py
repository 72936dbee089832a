"""Asking an Alertmanager what is active, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from marshmallow import ValidationError

from bridge.domain.errors import SenderUnavailable
from bridge.sources.alertmanager_api import AlertmanagerApi, ApiSection, build_api

ITEM: dict[str, Any] = {
    "annotations": {"summary": "full"},
    "endsAt": "2026-01-05T12:10:00.000Z",
    "fingerprint": "f1",
    "receivers": [{"name": "bridge"}, {"name": "pager"}],
    "startsAt": "2026-01-05T12:00:00.000Z",
    "status": {"inhibitedBy": [], "silencedBy": [], "state": "active"},
    "updatedAt": "2026-01-05T12:06:00.000Z",
    "generatorURL": "http://prometheus/graph",
    "labels": {"alertname": "DiskFull"},
}


@dataclass
class Answering:
    status: int = 200
    body: bytes = b"[]"
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@contextmanager
def alertmanager(answering: Answering) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answering.asked.append((self.path, self.headers.get("Authorization")))
            self.send_response(answering.status)
            self.end_headers()
            self.wfile.write(answering.body)

        def log_message(self, *_said: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def api(*urls: str, **said: object) -> AlertmanagerApi:
    return build_api(ApiSection().load({"urls": list(urls), **said}))


def test_active_alerts_are_read_as_a_webhook_would_tell_them() -> None:
    answering = Answering(body=json.dumps([ITEM]).encode())
    with alertmanager(answering) as url:
        [alert] = api(url, bearer="secret").active().values()
    assert (alert.fingerprint, sorted(alert.receivers)) == ("f1", ["bridge", "pager"])
    assert not alert.is_suppressed
    assert alert.item["labels"] == {"alertname": "DiskFull"}
    assert alert.item["startsAt"] == "2026-01-05T12:00:00.000Z"
    [(path, authorization)] = answering.asked
    assert path.startswith("/api/v2/alerts?")
    assert "silenced=true" in path
    assert authorization == "Bearer secret"


def test_of_a_pair_both_are_asked_and_either_knows() -> None:
    other = {**ITEM, "fingerprint": "f2", "status": {"state": "suppressed"}}
    one, two = Answering(body=json.dumps([ITEM]).encode()), Answering()
    two.body = json.dumps([other, {**ITEM, "status": {"state": "suppressed"}}]).encode()
    with alertmanager(one) as first, alertmanager(two) as second:
        active = api(first, second).active()
    assert {name: alert.is_suppressed for name, alert in active.items()} == {
        "f1": False,
        "f2": True,
    }


@pytest.mark.parametrize(
    "answering",
    [
        Answering(status=500),
        Answering(status=302),
        Answering(body=b"<html>"),
        Answering(body=b'{"alerts": []}'),
    ],
)
def test_any_other_answer_says_nothing(answering: Answering) -> None:
    with alertmanager(answering) as url, pytest.raises(SenderUnavailable, match=r"127\.0\.0\.1"):
        api(url).active()


def test_nobody_there_says_nothing() -> None:
    with pytest.raises(SenderUnavailable, match="did not say which alerts are active"):
        api("http://127.0.0.1:9").active()


def test_what_is_no_alert_is_passed_over() -> None:
    odd = [7, {"fingerprint": "f9"}, {**ITEM, "receivers": None, "status": "?"}]
    with alertmanager(Answering(body=json.dumps(odd).encode())) as url:
        assert list(api(url).active()) == ["f1"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"bearer": "x", "username": "u", "password": "p"}, "stands beside a username"),
        ({"username": "u"}, "is not complete; write username and password"),
        ({"every": "10ms"}, "is too short; choose at least 1s"),
        ({"urls": []}, "is empty; name one address"),
        ({"urls": ["ftp://am"]}, "is no address"),
    ],
)
def test_what_cannot_be_meant_is_refused(said: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ApiSection().load({"urls": ["http://am:9093"], **said})
