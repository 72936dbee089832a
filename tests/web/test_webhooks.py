"""What senders are answered, whatever they send."""

import json
from io import BytesIO, RawIOBase
from itertools import count

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bridge.domain.alert import RejectedAlert
from bridge.domain.errors import MalformedBody, StoreUnavailable
from bridge.domain.receipt import Action, Receipt, Touched
from bridge.sources.auth import BearerAuth
from bridge.telemetry.logging import register_secret
from bridge.web import create_app
from bridge.web.schemas import ReceiptSchema
from tests.sources.bodies import PAYLOADS
from tests.web.fakes import JSON, Web

_numbers = count(1)


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
def source() -> str:
    """A source name of its own, as metrics live as long as the process."""
    return f"source-{next(_numbers)}"


def webhooks_counted(source: str, outcome: str) -> float:
    labels = {"source": source, "outcome": outcome}
    return REGISTRY.get_sample_value("bridge_webhooks_total", labels) or 0


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("path", ["/webhooks/am", "/webhooks/am/"])
def test_a_body_is_handed_on_and_answered_202(web: Web, method: str, path: str) -> None:
    answer = web.client().open(path, method=method, data=b"{}", headers=JSON)
    assert answer.status_code == 202
    assert web.intake.received == [("am", b"{}", "application/json")]


def test_the_answer_is_the_contracts_word_for_word(web: Web) -> None:
    web.intake.receipt = Receipt(
        inbox_id="in-7",
        accepted=2,
        dropped=1,
        rejected=(RejectedAlert(index=3, error="status is missing"),),
        incidents=(Touched(id="01", key="disk", action=Action.OPENED, rule=None),),
    )
    answer = web.client().post("/webhooks/am", data=b"{}", headers=JSON).json
    assert answer == {
        "receipt": "in-7",
        "accepted": 2,
        "dropped": 1,
        "rejected": [{"index": 3, "error": "status is missing"}],
        "incidents": [{"id": "01", "key": "disk", "action": "opened", "rule": None}],
    }
    assert ReceiptSchema().validate(answer) == {}


@pytest.mark.parametrize("path", ["//webhooks//am", "/webhooks/am//", "///webhooks/am"])
def test_doubled_slashes_are_not_redirected_but_taken(web: Web, path: str) -> None:
    environ = EnvironBuilder(method="POST", data=b"{}").get_environ()
    environ["PATH_INFO"] = path
    _, status, _ = run_wsgi_app(create_app(web.deps()), environ, buffered=True)
    assert status == "202 ACCEPTED"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/webhooks/am", "/webhooks/am/", "/webhooks/nobody"])
def test_any_other_method_is_405_and_says_which_are_right(web: Web, method: str, path: str) -> None:
    answer = web.client().open(path, method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "PUT"}
    if method != "HEAD":
        assert "POST or PUT" in answer.get_json(force=True)["detail"]


def test_what_alertmanager_sends_after_a_redirect_is_not_mistaken_for_success(web: Web) -> None:
    recorded = json.loads((PAYLOADS / "captured_302_redirect_becomes_GET.http.json").read_text())
    method, _, _ = recorded["req"].split()
    answer = web.client().open("/webhooks/am", method=method, headers=recorded["headers"])
    assert answer.status_code == 405
    assert "redirect" in answer.get_json(force=True)["detail"]


def test_an_unknown_source_is_404_names_none_and_becomes_no_label(web: Web) -> None:
    answer = web.client(source="secret-source").post("/webhooks/nobody", data=b"{}", headers=JSON)
    assert answer.status_code == 404
    assert "secret-source" not in answer.text
    samples = [sample for metric in REGISTRY.collect() for sample in metric.samples]
    assert not [sample for sample in samples if sample.labels.get("source") == "nobody"]


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/cloudevents+json",
        "text/plain",
        "text/plain; charset=UTF-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
    ],
)
def test_a_body_may_come_under_several_names(web: Web, kind: str) -> None:
    answer = web.client().post("/webhooks/am", data=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 202
    assert web.intake.received == [("am", b"{}", kind)]


def test_json_may_come_under_no_name(web: Web) -> None:
    assert web.client().post("/webhooks/am", data=b"{}").status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/html"},
        {"Content-Type": "application/xml"},
        {"Content-Type": "application/json", "Content-Encoding": "br"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip, gzip"},
    ],
)
def test_what_is_not_plain_json_is_415_and_never_handed_on(
    web: Web, headers: dict[str, str]
) -> None:
    answer = web.client().post("/webhooks/am", data=b"{}", headers=headers)
    assert answer.status_code == 415
    assert "send" in answer.get_json(force=True)["detail"]
    assert web.intake.received == []


def test_an_identity_encoding_is_no_encoding(web: Web) -> None:
    headers = {**JSON, "Content-Encoding": "identity"}
    assert web.client().post("/webhooks/am", data=b"{}", headers=headers).status_code == 202


def test_a_body_of_just_the_limit_is_taken_and_one_byte_more_is_413(web: Web) -> None:
    client = web.client()
    assert client.post("/webhooks/am", data=b"x" * 1000, headers=JSON).status_code == 202
    answer = client.post("/webhooks/am", data=b"x" * 1001, headers=JSON)
    assert answer.status_code == 413
    assert "1000 bytes" in answer.get_json(force=True)["detail"]
    assert len(web.intake.received) == 1


def post_chunked(web: Web, stream: BytesIO | RawIOBase) -> int:
    """Post as a server hands over a chunked body: no length, and an end of its own."""
    chunked = {
        "wsgi.input": stream,
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
    }
    answer = web.client().post("/webhooks/am", headers=JSON, environ_overrides=chunked)
    return answer.status_code


def test_a_chunked_body_is_taken(web: Web) -> None:
    assert post_chunked(web, BytesIO(b"y" * 1000)) == 202
    assert web.intake.received[0][1] == b"y" * 1000


def test_a_chunked_body_over_the_limit_is_413(web: Web) -> None:
    assert post_chunked(web, BytesIO(b"y" * 1001)) == 413
    assert web.intake.received == []


class Endless(RawIOBase):
    """A body that never ends, and counts what was taken of it."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "asked for all of it"
        self.taken += size
        return b"z" * size

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self.taken += len(buffer)
        return len(buffer)


def test_an_endless_body_is_cut_off_at_the_limit(web: Web) -> None:
    endless = Endless()
    assert post_chunked(web, endless) == 413
    assert endless.taken <= 1001


def test_a_malformed_body_is_400_and_says_why(web: Web) -> None:
    web.intake.error = MalformedBody("not JSON: unexpected end")
    answer = web.client().post("/webhooks/am", data=b"{", headers=JSON)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.get_json(force=True) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "not JSON: unexpected end",
    }


def test_a_store_that_is_down_is_503_with_a_time_to_come_back(web: Web) -> None:
    web.intake.error = StoreUnavailable("no route to pg.internal as bridge:hunter2")
    answer = web.client().post("/webhooks/am", data=b"{}", headers=JSON)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "hunter2" not in answer.text
    assert "pg.internal" not in answer.text


def test_a_bug_is_500_without_detail_and_logged_once_with_its_traceback(web: Web) -> None:
    web.intake.error = ZeroDivisionError("hunter2")
    with capture_logs() as logs:
        answer = web.client().post("/webhooks/am?token=hunter3", data=b"{}", headers=JSON)
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert "hunter2" not in answer.text
    (line,) = logs
    assert line["event"] == "request failed"
    assert line["exc_info"] is web.intake.error
    assert "hunter3" not in str(line)


@pytest.mark.usefixtures("forgets_secrets")
def test_no_answer_repeats_a_secret_or_what_cannot_be_shown(web: Web) -> None:
    register_secret("very-secret-token")
    web.intake.error = MalformedBody(f"odd: very-secret-token \x1b[31m\r\n{'x' * 5000}")
    answer = web.client().post("/webhooks/am", data=b"{}", headers=JSON)
    detail = answer.get_json(force=True)["detail"]
    assert detail.startswith("odd: *** ?[31m??xxx")
    assert len(answer.data) < 1000


@pytest.mark.parametrize(
    ("headers", "length", "error", "outcome"),
    [
        ({}, 10, None, "accepted"),
        ({}, 10, MalformedBody("odd"), "malformed"),
        ({"Authorization": "Bearer wrong"}, 10, None, "unauthorized"),
        ({}, 5000, None, "too_large"),
        ({"Content-Type": "text/html"}, 10, None, "unsupported"),
        ({}, 10, StoreUnavailable("down"), "unavailable"),
        ({}, 10, ZeroDivisionError(), "error"),
    ],
)
def test_each_way_it_can_end_is_counted_and_timed(
    web: Web,
    source: str,
    headers: dict[str, str],
    length: int,
    error: Exception | None,
    outcome: str,
) -> None:
    web.intake.error = error
    sent = {**JSON, "Authorization": "Bearer right", **headers}
    client = web.client(BearerAuth(secrets=("right",)), source)
    client.post(f"/webhooks/{source}", data=b"x" * length, headers=sent)
    assert webhooks_counted(source, outcome) == 1
    assert REGISTRY.get_sample_value("bridge_webhook_seconds_count", {"source": source}) == 1


def test_rejected_items_are_logged_as_the_sender_will_not_read_them(web: Web) -> None:
    web.intake.receipt = Receipt(
        inbox_id="in-1",
        accepted=0,
        dropped=0,
        rejected=(RejectedAlert(index=0, error="labels is missing"),),
        incidents=(),
    )
    with capture_logs() as logs:
        web.client().post("/webhooks/am", data=b"{}", headers=JSON)
    assert logs == [
        {
            "event": "alerts rejected",
            "log_level": "warning",
            "source": "am",
            "count": 1,
            "first": "labels is missing",
        }
    ]
