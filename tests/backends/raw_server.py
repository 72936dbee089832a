"""An HTTP server that answers with raw bytes, or misbehaves, exactly as a test says."""

import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from io import BufferedReader

import orjson


class Behaviour(Enum):
    """What a server can do beside answering."""

    RESET_BEFORE = auto()  #: reset the connection without reading the request
    RESET_AFTER = auto()  #: read the request, then reset the connection
    CLOSE_AFTER = auto()  #: read the request, then close the connection in good order
    CUT_OFF = auto()  #: announce more than is sent
    HANG = auto()  #: read the request and never answer
    TRICKLE = auto()  #: one byte of the body at a time, for as long as anybody listens
    FLOOD = auto()  #: a body without end


Answer = bytes | Behaviour


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request."""

    method: str
    target: str
    headers: Mapping[str, str]  #: names in lower case
    body: bytes


@dataclass
class RawServer:
    """Gives its answers one after the other, and the last one for ever."""

    answers: list[Answer]
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopping = threading.Event()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def start(self) -> None:
        self._threads[0].start()

    def stop(self) -> None:
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            if self._peek() is Behaviour.RESET_BEFORE:
                self._next()
                # Sooner, it may strike the handshake, and nothing would have been sent.
                connection.recv(1, socket.MSG_PEEK)
                _reset(connection)
                return
            with connection.makefile("rb") as stream:
                while (received := _read(stream)) is not None:
                    self.received.append(received)
                    if not self._answer(connection, self._next()):
                        return

    def _answer(self, connection: socket.socket, answer: Answer) -> bool:
        """Answer; say whether the connection goes on."""
        if isinstance(answer, bytes):
            connection.sendall(answer)
            return True
        match answer:
            case Behaviour.HANG:
                self._stopping.wait()
            case Behaviour.CUT_OFF:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            case Behaviour.TRICKLE:
                self._pour(connection, b"Content-Length: 100000", b" ", pause=0.02)
            case Behaviour.FLOOD:
                self._pour(connection, b"Connection: close", b" " * 1_000_000, pause=0)
            case Behaviour.RESET_AFTER:
                _reset(connection)
            case Behaviour.CLOSE_AFTER | Behaviour.RESET_BEFORE:
                pass
        return False

    def _pour(self, connection: socket.socket, header: bytes, part: bytes, pause: float) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + header + b"\r\n\r\n")
        while not self._stopping.wait(pause):
            connection.sendall(part)

    def _peek(self) -> Answer:
        with self._lock:
            return self.answers[0]

    def _next(self) -> Answer:
        with self._lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def raw_server(*answers: Answer) -> Iterator[RawServer]:
    """Run a server for the length of a test."""
    server = RawServer(list(answers))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def answer(
    status: int = 200,
    body: bytes | Mapping[str, object] = b"{}",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Write a whole answer."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def closed_port() -> int:
    """Give a port that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read(stream: BufferedReader) -> Received | None:
    first = stream.readline()
    if not first:
        return None
    method, target, _ = first.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while line := stream.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Received(method=method, target=target, headers=headers, body=body)
