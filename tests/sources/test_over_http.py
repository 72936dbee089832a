"""The documented sources behind the real web side, over a real database."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge.bootstrap import build_web, live_rules, open_bridge
from bridge.domain.inbox import InboxQuery
from bridge.domain.reading import IncidentQuery
from bridge.settings import load_settings
from bridge.store import Store
from bridge.telemetry import logging
from tests.sources.senders import FORM, Body, sender

BRIDGE = """\
rules: rules/
sources:
  kuma:   {type: generic, preset: uptime-kuma, auth: {query_token: "${SECRET}"}}
  sentry: {type: generic, preset: sentry, auth: {hmac: "${SECRET}"}}
  prtg:   {type: generic, preset: prtg, auth: {query_token: "${SECRET}"}}
  batch:
    type: generic
    items: "alerts[]"
    map: {identity: [host, check], status: state, title: summary, severity: level}
    status: {firing: [down, critical], resolved: [up, ok]}
    labels: {host: host, check: check}
    auth: {basic: {username: batch, password: "${SECRET}"}}
backends:
  serviceops:
    type: serviceops
    url: https://serviceops.example.com
    auth: {api_key: k}
    defaults: {requester: monitoring@example.com}
"""
RULES = Path(__file__).parents[2] / "rules"


SECRET = "a-secret-of-senders"


@dataclass
class World:
    client: FlaskClient
    store: Store

    def post(self, path: str, data: bytes, content_type: str, **headers: str) -> TestResponse:
        return self.client.post(
            f"/webhooks/{path}", data=data, content_type=content_type, headers=headers
        )

    def open(self) -> list[str]:
        page = self.store.incidents(IncidentQuery(state="open"))
        return [listed.incident.desired.spec.subject for listed in page.incidents]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(logging, "_known", set())
    monkeypatch.setattr(logging, "_pattern", None)
    file = tmp_path / "bridge.yaml"
    file.write_text(BRIDGE.replace("rules/", str(RULES)))
    bridge = open_bridge(load_settings(file, {"SECRET": SECRET}), upgrade=True)
    yield World(build_web(bridge, live_rules(bridge.settings)).test_client(), bridge.store)
    bridge.store.dispose()


def body(preset: str, name: str) -> Body:
    return next(body for body in sender(preset).bodies if body.name == name)


@pytest.mark.parametrize(
    ("source", "preset", "fires", "ends", "subject"),
    [
        ("kuma", "uptime-kuma", "down@0", "up@0", "shop front page on shop.example.org"),
        ("prtg", "prtg", "down.form", "ended.form", "Ping on 192.0.2.3"),
    ],
)
def test_a_sender_opens_an_incident_and_ends_it(
    world: World, source: str, preset: str, fires: str, ends: str, subject: str
) -> None:
    for name in (fires, fires):
        sent = body(preset, name)
        answer = world.post(f"{source}?token={SECRET}", sent.content, sent.content_type)
        assert (answer.status_code, answer.get_json()["accepted"]) == (202, 1)
    (opened,) = world.open()
    assert opened.startswith(subject)
    sent = body(preset, ends)
    world.post(f"{source}?token={SECRET}", sent.content, sent.content_type)
    assert world.open() == []


def test_a_multipart_form_arrives_whole(world: World) -> None:
    sent = body("uptime-kuma", "down.multipart")
    answer = world.post(f"kuma?token={SECRET}", sent.content, sent.content_type)
    assert answer.get_json()["incidents"][0]["action"] == "opened"


def test_a_signed_body_is_taken_and_one_signed_with_another_key_is_not(world: World) -> None:
    sent = body("sentry", "event-alert@0")
    for key, status in ((SECRET, 202), ("another", 401)):
        signature = hmac.new(key.encode(), sent.content, hashlib.sha256).hexdigest()
        headers = {"Sentry-Hook-Signature": signature}
        answer = world.post("sentry", sent.content, sent.content_type, **headers)
        assert answer.status_code == status


def test_the_items_of_a_body_are_answered_one_by_one(world: World) -> None:
    items = [
        {"host": "db1", "check": "disk", "state": "down", "summary": "full", "level": "critical"},
        {"host": "db2", "check": "disk", "state": "weird"},
        {"host": "db3", "check": "disk", "state": "ok"},
    ]
    basic = base64.b64encode(f"batch:{SECRET}".encode()).decode()
    answer = world.post(
        "batch",
        orjson.dumps({"alerts": items}),
        "text/plain",
        Authorization=f"Basic {basic}",
    )
    said = answer.get_json()
    assert (answer.status_code, said["accepted"]) == (202, 2)
    assert said["rejected"] == [
        {"index": 1, "error": "unknown status 'weird'; list it under `status:`"}
    ]


def test_a_body_that_does_not_fit_is_refused_and_kept_once(world: World) -> None:
    for _ in range(2):
        answer = world.post(f"prtg?token={SECRET}", b"[1]", FORM)
        assert answer.status_code == 400
        assert "a list of alerts needs" in answer.get_json()["detail"]
    (kept,) = world.store.inbox(InboxQuery(outcome="rejected")).bodies
    assert kept.source == "prtg"
