"""The visit that confirms a subscription, over real HTTP."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from structlog.testing import capture_logs

from bridge.backends.confirm import confirm


class Sns(HTTPServer):
    """Answers every visit with `status`, and remembers where it went."""

    status = 200
    visits: list[str]


class _Handler(BaseHTTPRequestHandler):
    server: Sns

    def do_GET(self) -> None:  # the standard library's name
        self.server.visits.append(self.path)
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def sns() -> Iterator[Sns]:
    server = Sns(("127.0.0.1", 0), _Handler)
    server.visits = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address_of(server: HTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}/?Action=ConfirmSubscription&Token=s3cr3t"


def test_a_confirmation_is_one_visit_and_one_line_without_the_token(sns: Sns) -> None:
    with capture_logs() as logs:
        confirm(address_of(sns))
    assert sns.visits == ["/?Action=ConfirmSubscription&Token=s3cr3t"]
    assert [(line["event"], line["host"]) for line in logs] == [
        ("subscription confirmed", "127.0.0.1")
    ]
    assert "s3cr3t" not in str(logs)


@pytest.mark.parametrize("status", [302, 400, 403, 500])
def test_any_other_answer_is_logged_and_no_redirect_is_followed(sns: Sns, status: int) -> None:
    sns.status = status
    with capture_logs() as logs:
        confirm(address_of(sns))
    assert len(sns.visits) == 1
    assert [(line["event"], line["reason"]) for line in logs] == [
        ("subscription not confirmed", f"answered {status}")
    ]


def test_a_place_that_is_not_there_is_logged_without_the_token() -> None:
    with capture_logs() as logs:
        confirm("http://127.0.0.1:9/?Token=s3cr3t")
    assert [line["reason"] for line in logs] == ["ConnectionError"]
    assert "s3cr3t" not in str(logs)
