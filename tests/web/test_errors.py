"""What refusals look like, to programs and to people."""

import pytest
from structlog.testing import capture_logs

from bridge.domain.errors import StoreUnavailable
from bridge.web.errors import safe
from tests.web.fakes import JSON, Web


def test_an_unknown_path_is_problem_json_that_points_somewhere() -> None:
    answer = Web().client().get("/nothing/here")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert "/api/v1/openapi.json" in answer.get_json(force=True)["detail"]


def test_people_get_a_page_and_programs_get_json() -> None:
    client = Web().client()
    page = client.get("/incidents/none")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    problem = client.get("/api/v1/incidents/none")
    assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/", "/incidents/01", "/api/v1/incidents", "/api/v1/incidents/1"])
def test_reading_from_a_store_that_is_down_is_503(path: str) -> None:
    web = Web()
    web.reader.error = StoreUnavailable("no route to pg.internal")
    with capture_logs() as logs:
        answer = web.client().get(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "pg.internal" not in answer.text
    assert [line["event"] for line in logs] == ["storage unavailable"]
    assert logs[0]["error"] == "no route to pg.internal"


def test_a_bug_behind_a_page_is_a_page() -> None:
    web = Web()
    web.reader.error = ZeroDivisionError("hunter2")
    answer = web.client().get("/")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "hunter2" not in answer.text


def test_every_answer_carries_the_security_headers() -> None:
    client = Web().client()
    for path in ("/", "/healthz", "/api/v1/incidents", "/nothing", "/static/console.css"):
        with client.get(path) as answer:
            headers = answer.headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert len(headers.getlist("Cache-Control")) == 1


def test_what_a_part_says_of_its_own_answer_stands() -> None:
    with Web().client().get("/static/console.css") as answer:
        assert answer.headers.getlist("Cache-Control") == ["no-cache"]


def test_the_answer_to_a_webhook_carries_the_security_headers_too() -> None:
    answer = Web().client().post("/webhooks/am", data=b"{}", headers=JSON)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_refused_webhook_is_logged_in_one_safe_line() -> None:
    with capture_logs() as logs:
        Web().client().post("/webhooks/x%0Ay?token=hunter2", data=b"{}", headers=JSON)
    assert logs == [
        {
            "event": "webhook refused",
            "log_level": "warning",
            "method": "POST",
            "path": "/webhooks/x?y",
            "status": 404,
            "detail": logs[0]["detail"],
        }
    ]


def test_safe_text_is_short_and_printable() -> None:
    assert safe("a\nb\u202ec\x00") == "a?b?c?"
    assert safe("x" * 500, 10) == "xxxxxxxxx…"
