"""A load balancer before the replicas; it remembers what they accepted."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

import requests

from tests.e2e.processes import http

#: Shorter than the patience of an Alertmanager; a frozen replica is not waited for.
_SECONDS = 4.0
_RETRIED = 502


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One alert of a body that was answered 202."""

    at: datetime
    sender: str
    labels: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    is_firing: bool

    @property
    def subject(self) -> str:
        """What the alert's ticket is called."""
        return f"{self.labels['alertname']} on {self.labels['instance']}"


class Ledger:
    """All that was answered, by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted: list[Accepted] = []
        self.bodies = 0
        self.retried = 0
        self.rejected: list[str] = []

    def enter(self, body: bytes, status: int, answer: bytes) -> None:
        """Remember an answer; whatever is neither 202 nor to be retried is a fault."""
        with self._lock:
            if status == 202:
                self.bodies += 1
                self._accepted += _alerts_of(body)
            elif status >= 500:
                self.retried += 1
            else:
                self.rejected.append(f"{status}: {answer[:300]!r}")

    def accepted(self) -> Sequence[Accepted]:
        """Give every alert that was accepted, in the order of the answers."""
        with self._lock:
            return tuple(self._accepted)


@contextmanager
def balanced(urls: Sequence[str], ledger: Ledger, random: Random) -> Iterator[str]:
    """Forward each request to one of the replicas; give the address to send to."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = _forwarded(
                f"{random.choice(urls)}{self.path}", body, self.headers["Authorization"]
            )
            ledger.enter(body, status, answer)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: Any) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _forwarded(url: str, body: bytes, authorization: str) -> tuple[int, bytes]:
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    try:
        answer = http("POST", url, data=body, headers=headers, timeout=_SECONDS)
    except requests.RequestException as error:
        return _RETRIED, type(error).__name__.encode()
    return answer.status_code, answer.content


def _alerts_of(body: bytes) -> list[Accepted]:
    now, said = datetime.now(UTC), json.loads(body)
    return [
        Accepted(
            at=now,
            sender=said["externalURL"],
            labels=alert["labels"],
            starts_at=datetime.fromisoformat(alert["startsAt"]),
            ends_at=datetime.fromisoformat(alert["endsAt"]),
            is_firing=alert["status"] == "firing",
        )
        for alert in said["alerts"]
    ]
