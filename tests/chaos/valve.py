"""A network path that can be closed: what is sent meanwhile arrives when it opens again."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Valve:
    """Forwards connections to a port of this host, byte for byte."""

    to_port: int
    port: int = 0
    _open: threading.Event = field(default_factory=threading.Event)
    _held: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where to connect to."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def holds_something(self) -> bool:
        """Whether anything was sent while it was closed."""
        return self._held.is_set()

    def close(self) -> None:
        """Let nothing through."""
        self._open.clear()

    def open(self) -> None:
        """Let everything through, also what was held."""
        self._open.set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Accept connections."""
        self.open()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            try:
                yield
            finally:
                self.open()
                # Closing alone would not wake the thread that accepts.
                listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                desk = socket.create_connection(("127.0.0.1", self.to_port))
                for source, sink, gate in ((client, desk, True), (desk, client, False)):
                    threading.Thread(
                        target=self._forward,
                        args=(source, sink),
                        kwargs={"gated": gate},
                        daemon=True,
                    ).start()

    def _forward(self, source: socket.socket, sink: socket.socket, *, gated: bool) -> None:
        with suppress(OSError), source, sink:
            while said := source.recv(65_536):
                if gated and not self._open.is_set():
                    self._held.set()
                    self._open.wait()
                sink.sendall(said)
            sink.shutdown(socket.SHUT_WR)
