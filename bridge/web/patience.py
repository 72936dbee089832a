"""A gunicorn worker whose threads never wait for a sender.

gunicorn's own reads a request in the thread that answers it, so a handful of senders that trickle
their bytes would keep all threads busy and everybody else out. This one reads in its loop, and
hands a request to a thread once it is there in whole. Most are when the loop first looks, and cost
no second look; and threads keep the connections that they have answered, without waking the loop.
It extends ThreadWorker of gunicorn 27, which `pyproject.toml` therefore pins.
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

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from bridge.web.answers import problem
from bridge.web.arrival import Arrival, Progress
from bridge.web.crew import Crew
from bridge.web.gathered import Gathered

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
        self._told_at = 0.0
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Accept a connection; when there is no room for more, the slowest makes way."""
        super().accept(listener)
        if self.nr_conns >= self.worker_connections and self.pending_conns:
            self._refuse(self.pending_conns[0], HTTPStatus.REQUEST_TIMEOUT)

    def notify(self) -> None:
        """Tell the arbiter about once a second that the loop goes on: it waits for thirty."""
        now = time.monotonic()
        if now - self._told_at >= 1:
            self._told_at = now
            super().notify()

    def enqueue_req(self, conn: Any) -> None:
        """Read a request, and give it to a thread when it is there in whole."""
        conn.init()
        conn.sock.settimeout(0)
        conn.is_oversize = False
        arrival = Arrival(max_body=self._patience.max_body)
        data = conn.parser.unreader.take_buffered() or _waiting(conn.sock)
        progress = arrival.add(data) if data else Progress.MORE
        if progress is Progress.WHOLE:
            self._hand_over(conn, arrival)
            return
        conn.timeout = time.monotonic() + self._patience.read_timeout.total_seconds()
        self._arrivals[conn] = arrival
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._read, conn))
        if data:
            self._buffered += len(data)
            self._follow(conn, arrival, progress)

    def murder_pending(self) -> None:
        """Refuse the requests whose time is over."""
        now = time.monotonic()
        for conn in [conn for conn in self.pending_conns if conn.timeout <= now]:
            self._refuse(conn, HTTPStatus.REQUEST_TIMEOUT)

    def get_thread_pool(self) -> Crew:
        """Make the threads that answer."""
        crew = Crew(self.cfg.threads)
        self.app.under_way = crew.under_way
        return crew

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer in one piece; a sender that does not take the answer in time is left."""
        sock = conn.sock
        sock.settimeout(self._patience.read_timeout.total_seconds())
        conn.sock = gathered = Gathered(sock)
        try:
            is_kept = super().handle_request(req, conn)
            gathered.flush()
        except TimeoutError as exc:
            raise StopIteration from exc
        finally:
            conn.sock = sock
        return is_kept

    def _cap_keepalive(self, deadline: float) -> None:
        """Shorten the wait of the connections kept so far, while threads keep more."""
        for conn in list(self.keepalived_conns):
            conn.timeout = min(conn.timeout, deadline)

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        return not conn.is_oversize and bool(super()._keepalive_after(conn, keepalive))

    def _read(self, conn: Any, sock: Any) -> None:
        if conn not in self._arrivals:  # refused by what the loop did just before
            return
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
        self._follow(conn, arrival, arrival.add(data))

    def _follow(self, conn: Any, arrival: Arrival, progress: Progress) -> None:
        match progress:
            case Progress.ENDLESS:
                self._refuse(conn, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            case Progress.MORE if self._buffered > self._patience.max_buffered:
                self._refuse(conn, HTTPStatus.SERVICE_UNAVAILABLE)
            case Progress.MORE:
                self._encourage(conn, arrival)
            case Progress.WHOLE | Progress.OVERSIZE:
                self._forget(conn)
                conn.is_oversize = progress is Progress.OVERSIZE
                self._hand_over(conn, arrival)

    def _hand_over(self, conn: Any, arrival: Arrival) -> None:
        """Have a thread answer."""
        conn.parser.unreader.unread(bytes(arrival.received))
        conn.data_ready = True
        self.tpool.submit(partial(self._serve, conn))

    def _serve(self, conn: Any) -> None:
        """Answer, and keep the connection here: waking the loop would cost as much again."""
        is_kept = False
        try:
            is_kept = self.handle(conn)
        finally:
            if is_kept and not _has_more(conn):
                self._keep(conn)
            else:
                self.method_queue.defer(self._finish, conn, is_kept)

    def _finish(self, conn: Any, is_kept: bool) -> None:  # noqa: FBT001  # called through a queue
        """Read the next request, or close without waiting for the sender to do so."""
        if is_kept:
            self.enqueue_req(conn)
        else:
            self._linger(conn)

    def _keep(self, conn: Any) -> None:
        """Wait for the next request; any thread may call this while the loop runs."""
        conn.set_timeout()
        self.keepalived_conns.append(conn)
        if not self.alive:  # looked at after the append: else `_cap_keepalive` has seen it
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        try:
            conn.sock.settimeout(0)
            readable = partial(self.on_client_socket_readable, conn)
            self.poller.register(conn.sock, EVENT_READ, readable)
        except (OSError, ValueError, KeyError):
            self.method_queue.defer(self._drop_kept, conn)

    def _drop_kept(self, conn: Any) -> None:
        """Close a connection that cannot be waited for, unless the end of the loop has."""
        with suppress(ValueError):
            self.keepalived_conns.remove(conn)
            self._close(conn)

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
        if conn not in self.pending_conns:  # as above
            return
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


def _has_more(conn: Any) -> bool:
    """Say whether the next request, or its beginning, came with the last one."""
    return bool(conn.parser.unreader.buf.getvalue())


def _waiting(sock: Any) -> bytes:
    """Give what has arrived; nothing also when the sender hung up, which reading again tells."""
    try:
        return bytes(sock.recv(_READ))
    except OSError:
        return b""


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
