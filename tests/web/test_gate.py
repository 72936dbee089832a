"""How many webhooks are worked on, how many wait, and what the others are told."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, islice

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from bridge.domain.ports import Source
from bridge.domain.receipt import Receipt
from bridge.web.gate import Gate, Overloaded
from tests.web.fakes import JSON, RECEIPT, Web

_numbers = count(1)
PATIENCE = 30.0


class SlowIntake:
    """Takes a body only when told to, and counts how many are with it."""

    def __init__(self) -> None:
        self.may_finish = threading.Event()
        self.inside = threading.Semaphore(0)

    def __call__(self, source: Source, body: bytes, content_type: str) -> Receipt:
        self.inside.release()
        assert self.may_finish.wait(PATIENCE)
        return RECEIPT

    def keep(self, *_: object) -> None:
        raise AssertionError


@dataclass
class Busy:
    """A bridge that takes its time, and the senders who wait for it."""

    gate: Gate
    senders: int
    name: str = field(default_factory=lambda: f"busy-{next(_numbers)}")
    intake: SlowIntake = field(default_factory=SlowIntake)
    answers: list[Future[TestResponse]] = field(default_factory=list)

    @contextmanager
    def sending(self) -> Iterator[FlaskClient]:
        web = Web(gate=self.gate)
        web.intake = self.intake  # type: ignore[assignment]  # it is one as far as it is used
        client = web.client(source=self.name)
        with ThreadPoolExecutor(max_workers=self.senders) as pool:
            self.answers = [pool.submit(self._post, client) for _ in range(self.senders)]
            try:
                yield client
            finally:
                self.intake.may_finish.set()

    def _post(self, client: FlaskClient) -> TestResponse:
        own = client.application.test_client()
        return own.post(f"/webhooks/{self.name}", data=b"{}", headers=JSON)


def test_whoever_finds_the_queue_full_is_told_to_come_back() -> None:
    busy = Busy(Gate(at_once=2, waiting=3, patience=PATIENCE), senders=12)
    with capture_logs() as logs, busy.sending():
        shed = [f.result() for f in islice(as_completed(busy.answers, PATIENCE), 7)]
    assert [answer.status_code for answer in shed] == [503] * 7
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in shed)
    assert sorted(f.result().status_code for f in busy.answers) == [202] * 5 + [503] * 7
    assert {(line["event"], line["log_level"]) for line in logs} == {("request put off", "warning")}
    labels = {"source": busy.name, "outcome": "shed"}
    assert REGISTRY.get_sample_value("bridge_webhooks_total", labels) == 7


def test_health_is_answered_while_webhooks_wait() -> None:
    busy = Busy(Gate(at_once=1, waiting=0, patience=PATIENCE), senders=1)
    with busy.sending() as client:
        assert busy.intake.inside.acquire(timeout=PATIENCE)
        assert client.get("/healthz").status_code == 200


def test_nobody_waits_longer_than_senders_would() -> None:
    gate = Gate(at_once=1, waiting=1, patience=0.01)
    with gate.passed(), pytest.raises(Overloaded), gate.passed():
        pass


def test_who_was_inside_makes_room_however_it_ended() -> None:
    gate = Gate(at_once=1, waiting=0, patience=PATIENCE)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), gate.passed():
            raise ZeroDivisionError
    with gate.passed():
        pass
