import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.bench.load import MARK, Job, Wire, carry_out, run, tag


class Receiver(ThreadingHTTPServer):
    """Takes webhooks, and remembers them."""

    daemon_threads = True

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = status
        self.bodies: list[bytes] = []
        self.headers: list[str | None] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:  # the name that http.server looks for
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.headers.append(self.headers["Authorization"])
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiving(status: int = 202) -> Iterator[Receiver]:
    server = Receiver(status)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def job(server: Receiver, folder: Path, **changes: object) -> Job:
    template = folder / "body"
    template.write_bytes(b"alert " + MARK)
    usual = Job(
        port=server.server_port,
        path="/webhooks/am",
        template=str(template),
        headers={"Authorization": "Bearer x"},
        first=100,
        connections=2,
        seconds=30.0,
        most=10,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def test_every_request_has_a_tag_of_its_own_and_proves_itself(tmp_path: Path) -> None:
    with receiving() as server:
        done = carry_out(job(server, tmp_path))
    assert sorted(server.bodies) == sorted(b"alert " + tag(n) for n in range(100, 110))
    assert set(server.headers) == {"Bearer x"}
    assert (len(done.latencies), sum(done.shares), len(done.shares)) == (10, 10, 2)


def test_a_cycle_sends_the_same_again(tmp_path: Path) -> None:
    with receiving() as server:
        carry_out(job(server, tmp_path, cycle=3))
    assert set(server.bodies) == {b"alert " + tag(n) for n in range(100, 103)}


def test_time_ends_a_load(tmp_path: Path) -> None:
    with receiving() as server:
        done = carry_out(job(server, tmp_path, seconds=0.0, most=1000))
    assert len(done.latencies) == 2


def test_answers_that_refuse_are_counted(tmp_path: Path) -> None:
    with receiving(503) as server:
        assert carry_out(job(server, tmp_path)).refused == {"503": 10}


def test_a_load_whose_webhooks_are_refused_is_no_measurement(tmp_path: Path) -> None:
    with receiving(401) as server, pytest.raises(RuntimeError, match=r"refused .*401.*10"):
        run(job(server, tmp_path))


def test_a_load_in_a_process_of_its_own_tells_the_same(tmp_path: Path) -> None:
    with receiving() as server:
        done = run(job(server, tmp_path))
    assert len(server.bodies) == len(done.latencies) == 10
    assert done.rate == pytest.approx(10 / done.seconds)
    assert all(0 < latency <= done.seconds for latency in done.latencies)


def test_a_server_that_hangs_up_is_not_taken_for_an_answer(tmp_path: Path) -> None:
    with receiving() as server:
        wire = Wire(server.server_port)
        with pytest.raises(ConnectionError):
            wire.ask(b"no request at all\r\n\r\n")
        wire.close()
