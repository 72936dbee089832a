"""What a thread does with a connection that it has answered, while the loop does other things."""

import selectors
import socket
import time
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, PollableMethodQueue, TConn

from bridge.web.patience import Patience, PatientWorker

Ends = tuple[PatientWorker, Any, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Give a worker whose loop the test is, a connection to it, and the sender's end of that."""
    worker = PatientWorker.__new__(PatientWorker)
    worker.alive, worker.nr_conns, worker.keepalived_conns = True, 1, deque()
    ours, theirs = socket.socketpair()
    conn = TConn(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))
    conn.cfg.set("keepalive", 75)
    conn.init()
    with selectors.DefaultSelector() as worker.poller, theirs, ours:
        worker.method_queue = PollableMethodQueue()
        worker.method_queue.init()
        yield worker, conn, theirs
        worker.method_queue.close()


def answer(worker: PatientWorker, conn: Any, *, is_kept: bool = True) -> None:
    worker.handle = lambda _conn: is_kept
    worker._serve(conn)


def loop_looks(worker: PatientWorker) -> None:
    worker.method_queue.run_callbacks(None)


def test_a_kept_connection_is_waited_for_without_the_loop(ends: Ends) -> None:
    worker, conn, theirs = ends
    answer(worker, conn)
    theirs.sendall(b"POST")
    assert [key.fileobj for key, _ in worker.poller.select(0)] == [conn.sock]
    assert conn.timeout > time.monotonic() + STOP_KEEPALIVE_LINGER + 1


def test_a_connection_kept_by_a_worker_that_stops_is_not_waited_for_long(ends: Ends) -> None:
    worker, conn, _ = ends
    worker.alive = False
    answer(worker, conn)
    assert conn.timeout <= time.monotonic() + STOP_KEEPALIVE_LINGER


def test_the_end_of_a_kept_connection_is_brought_forward(ends: Ends) -> None:
    worker, conn, _ = ends
    answer(worker, conn)
    worker._cap_keepalive(5.0)
    assert conn.timeout == 5.0


def test_what_came_with_a_request_is_read_by_the_loop(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, conn, _ = ends
    read: list[Any] = []
    monkeypatch.setattr(worker, "enqueue_req", read.append)
    conn.parser.unreader.unread(b"POST")
    answer(worker, conn)
    assert not read
    loop_looks(worker)
    assert read == [conn]


def test_what_arrives_on_a_connection_just_refused_is_left(ends: Ends) -> None:
    worker, conn, theirs = ends
    worker._patience = Patience(
        max_body=1000, read_timeout=timedelta(seconds=5), max_buffered=10_000
    )
    worker._arrivals, worker._buffered, worker.pending_conns = {}, 0, deque()
    worker.enqueue_req(conn)
    theirs.sendall(b"POST / HTTP/1.1\r\n")
    ready = worker.poller.select(0)
    worker._refuse(conn, HTTPStatus.REQUEST_TIMEOUT)
    for key, _ in ready:
        key.data(key.fileobj)
    worker._discard(conn, conn.sock)
    assert (worker.nr_conns, list(worker.pending_conns)) == (0, [])


def test_a_connection_that_cannot_be_waited_for_is_counted_out_once(ends: Ends) -> None:
    worker, conn, _ = ends
    conn.sock.close()
    answer(worker, conn)
    loop_looks(worker)
    assert (worker.nr_conns, list(worker.keepalived_conns)) == (0, [])


def test_a_connection_that_the_end_of_the_loop_closed_is_not_counted_out_again(ends: Ends) -> None:
    worker, conn, _ = ends
    conn.sock.close()
    answer(worker, conn)
    worker.murder_keepalived(force=True)
    loop_looks(worker)
    assert worker.nr_conns == 0
