"""The load: so many connections, each sending its next webhook once the last one is answered.

Run as `python -m tests.bench.load` it takes a job on its standard input and says on its standard
output how it went. It is a process of its own and imports nothing but the standard library, since
what it costs is taken from the server that it measures. It sends to this machine only.
"""

import json
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HOST = "127.0.0.1"
#: Stands in a template where every request has letters of its own; as long as they are.
MARK = b"~~TAG~~~"
#: A server that says nothing for so long hangs.
PATIENCE_SECONDS = 30.0

_REPOSITORY = Path(__file__).resolve().parents[2]
_SCATTER = 2_654_435_761  # odd, so that different numbers stay different modulo 2**32


def tag(number: int) -> bytes:
    """Give letters that are a number's own, and whose order says nothing of the number's."""
    return b"%08x" % (number * _SCATTER % 2**32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to send; a template's mark becomes the tag of `first`, `first` + 1, and so on."""

    port: int
    path: str
    template: str  #: the file of the body
    headers: Mapping[str, str]
    first: int
    cycle: int | None = None  #: after so many, begin with `first` again
    connections: int = 8
    seconds: float = 2.0
    most: int = 1_000_000  #: requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How it went."""

    seconds: float
    latencies: tuple[float, ...]  #: in seconds, of each request
    shares: tuple[int, ...]  #: requests of each connection
    refused: Mapping[str, int]  #: answers other than success, by status

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.seconds


class Wire:
    """One connection that is kept alive."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sent_at = 0.0

    def send(self, head: bytes, body: bytes) -> None:
        """Send a request; its time begins."""
        self._sent_at = time.perf_counter()
        self.socket.sendall(head + body)

    def receive(self) -> tuple[int, float]:
        """Read the whole answer; give its status and the seconds since the request."""
        received = self._more(b"")
        while (end := received.find(b"\r\n\r\n")) < 0:
            received = self._more(received)
        head = received[:end].lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(received) < end + 4 + length:
            received = self._more(received)
        return int(head[9:12]), time.perf_counter() - self._sent_at

    def ask(self, head: bytes, body: bytes = b"") -> tuple[int, float]:
        """Send a request and read the answer."""
        self.send(head, body)
        return self.receive()

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def _more(self, received: bytes) -> bytes:
        more = self.socket.recv(65536)
        if not more:
            message = f"the server hung up after {received[:200]!r}"
            raise ConnectionError(message)
        return received + more


def head_of(method: str, path: str, headers: Mapping[str, str], length: int) -> bytes:
    """Write the head of a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def carry_out(job: Job) -> Run:
    """Send until the time or the requests are used up, then wait for the answers under way."""
    return _Loop(job).run()


class _Loop:
    """A closed loop: a connection sends again only once it has its answer."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._template = Path(job.template).read_bytes()
        self._head = head_of("POST", job.path, job.headers, len(self._template))
        self._wires = [Wire(job.port) for _ in range(min(job.connections, job.most))]
        self._latencies: list[float] = []
        self._shares = [0] * len(self._wires)
        self._refused: Counter[str] = Counter()
        self._sent = 0

    def run(self) -> Run:
        """Do it, once."""
        started = time.perf_counter()
        with selectors.DefaultSelector() as waiting:
            for number, wire in enumerate(self._wires):
                waiting.register(wire.socket, selectors.EVENT_READ, number)
                self._send(wire)
            while waiting.get_map():
                for number in _answered(waiting):
                    self._receive(number)
                    if self._has_more(time.perf_counter() - started):
                        self._send(self._wires[number])
                    else:
                        waiting.unregister(self._wires[number].socket)
            lasted = time.perf_counter() - started
        for wire in self._wires:
            wire.close()
        return Run(
            seconds=lasted,
            latencies=tuple(self._latencies),
            shares=tuple(self._shares),
            refused=dict(self._refused),
        )

    def _has_more(self, seconds: float) -> bool:
        return self._sent < self._job.most and seconds < self._job.seconds

    def _send(self, wire: Wire) -> None:
        cycle = self._job.cycle
        number = self._job.first + (self._sent % cycle if cycle else self._sent)
        self._sent += 1
        wire.send(self._head, self._template.replace(MARK, tag(number)))

    def _receive(self, number: int) -> None:
        status, seconds = self._wires[number].receive()
        self._latencies.append(seconds)
        self._shares[number] += 1
        if not 200 <= status < 300:
            self._refused[str(status)] += 1


def _answered(waiting: selectors.BaseSelector) -> Sequence[int]:
    """Give the numbers of the connections that have an answer; TimeoutError if none has."""
    ready = waiting.select(PATIENCE_SECONDS)
    if not ready:
        message = f"no answer within {PATIENCE_SECONDS:.0f} s"
        raise TimeoutError(message)
    return [key.data for key, _ in ready]


def run(job: Job) -> Run:
    """Carry a job out in a process of its own; RuntimeError if not everything was accepted."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        cwd=_REPOSITORY,
        input=json.dumps(asdict(job)),
        capture_output=True,
        text=True,
        timeout=job.seconds + 2 * PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        message = f"the load broke off: {done.stderr[-2000:]}"
        raise RuntimeError(message)
    said = json.loads(done.stdout)
    if said["refused"]:
        message = f"port {job.port} refused {said['refused']} of {len(said['latencies'])} requests"
        raise RuntimeError(message)
    return Run(
        seconds=said["seconds"],
        latencies=tuple(said["latencies"]),
        shares=tuple(said["shares"]),
        refused={},
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(carry_out(Job(**json.load(sys.stdin))))))
