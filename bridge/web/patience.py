"""A gunicorn worker whose threads never wait for a sender.

gunicorn's own reads a request in the thread that answers it, so a handful of senders that trickle
their bytes would keep all threads busy and everybody else out. This one reads in its loop, and
hands a request to a thread once it is there in whole. It extends ThreadWorker of gunicorn 27, which
`pyproject.toml` therefore pins.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from selectors import EVENT_READ
from socket import SHUT_WR
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from bridge.web.answers import problem
from bridge.web.arrival import Arrival, Progress

_READ = 256 * 1024
_LINGER_SECONDS = 2.0
_RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long, and for how much, the server waits."""

    max_body: int  #: in bytes
    read_timeout: timedelta  #: for a whole request, and for a sender to take an answer
    max_buffered: int  #: bytes of unfinished requests, in each worker


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no annotations
    """Reads requests in its loop; its threads only answer."""

    def init_process(self) -> None:
        """Start with nothing read."""
        self._patience: Patience = self.app.patience
        self._arrivals: dict[Any, Arrival] = {}
        self._buffered = 0
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Accept a connection; when there is no room for more, the slowest makes way."""
        super().accept(listener)
        if self.nr_conns >= self.worker_connections and self.pending_conns:
            self._refuse(self.pending_conns[0], HTTPStatus.REQUEST_TIMEOUT)

    def enqueue_req(self, conn: Any) -> None:
        """Read a request, and give it to a thread when it is there in whole."""
        conn.init()
        conn.sock.settimeout(0)
        conn.timeout = time.monotonic() + self._patience.read_timeout.total_seconds()
        conn.is_oversize = False
        self._arrivals[conn] = Arrival(max_body=self._patience.max_body)
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._read, conn))
        already = conn.parser.unreader.take_buffered()
        if already:
            self._take(conn, already)

    def murder_pending(self) -> None:
        """Refuse the requests whose time is over."""
        now = time.monotonic()
        for conn in [conn for conn in self.pending_conns if conn.timeout <= now]:
            self._refuse(conn, HTTPStatus.REQUEST_TIMEOUT)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Keep the connection, or close it without waiting for the sender to do so."""
        is_kept = not fs.cancelled() and fs.exception() is None and fs.result()
        if is_kept:
            super().finish_request(conn, fs)
        else:
            self._linger(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer; a sender that does not take the answer in time is left."""
        conn.sock.settimeout(self._patience.read_timeout.total_seconds())
        try:
            return super().handle_request(req, conn)
        except TimeoutError as exc:
            raise StopIteration from exc

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        return not conn.is_oversize and bool(super()._keepalive_after(conn, keepalive))

    def _read(self, conn: Any, sock: Any) -> None:
        try:
            data = sock.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(conn, data)
        else:
            self._forget(conn)
            self._close(conn)

    def _take(self, conn: Any, data: bytes) -> None:
        arrival = self._arrivals[conn]
        self._buffered += len(data)
        match arrival.add(data):
            case Progress.ENDLESS:
                self._refuse(conn, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            case Progress.MORE if self._buffered > self._patience.max_buffered:
                self._refuse(conn, HTTPStatus.SERVICE_UNAVAILABLE)
            case Progress.MORE:
                self._encourage(conn, arrival)
            case Progress.WHOLE | Progress.OVERSIZE as progress:
                self._forget(conn)
                conn.is_oversize = progress is Progress.OVERSIZE
                conn.parser.unreader.unread(bytes(arrival.received))
                conn.data_ready = True
                super().enqueue_req(conn)

    def _encourage(self, conn: Any, arrival: Arrival) -> None:
        """Tell a sender that waits for it that it may send the body."""
        if arrival.wants_continue:
            arrival.wants_continue = False
            with suppress(OSError):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _forget(self, conn: Any) -> None:
        """Stop reading."""
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)
        self._buffered -= len(self._arrivals.pop(conn, Arrival(max_body=0)).received)

    def _refuse(self, conn: Any, status: HTTPStatus) -> None:
        """Say why, if anything was asked, and close."""
        arrival = self._arrivals.get(conn)
        self._forget(conn)
        if arrival is not None and arrival.received:
            with suppress(OSError):
                conn.sock.send(_refusal(status))
        self._close(conn)

    def _linger(self, conn: Any) -> None:
        """Let the sender read the answer before the connection ends; the loop does not wait."""
        try:
            conn.sock.settimeout(0)
            conn.sock.shutdown(SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._discard, conn))
        except (OSError, ValueError):
            self._close(conn)
            return
        conn.timeout = time.monotonic() + _LINGER_SECONDS
        self.pending_conns.append(conn)

    def _discard(self, conn: Any, sock: Any) -> None:
        try:
            if sock.recv(_READ):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._forget(conn)
        self._close(conn)

    def _close(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()


_DETAILS = {
    HTTPStatus.REQUEST_TIMEOUT: "the request did not arrive in time; see `server.read_timeout`",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "the headers are too large",
    HTTPStatus.SERVICE_UNAVAILABLE: "too many requests are arriving at once; send the same again",
}


def _refusal(status: HTTPStatus) -> bytes:
    """Write an answer that no application was asked for."""
    body = problem(status, _DETAILS[status])
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "Content-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Retry-After: {_RETRY_AFTER_SECONDS}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
