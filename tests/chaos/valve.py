"""A network path that can hold one connection back: what it sent arrives when it is let go."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Valve:
    """Forwards connections to a port of this host, byte for byte."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._port = 0
        self._is_armed = False
        self._holding = threading.Event()
        self._let_go = threading.Event()

    @property
    def url(self) -> str:
        """Where to connect to."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def holds_something(self) -> bool:
        """Whether something was sent that has not arrived."""
        return self._holding.is_set() and not self._let_go.is_set()

    def hold_the_next(self) -> None:
        """Keep what the next connection sends, whatever becomes of its sender."""
        self._is_armed = True

    def let_go(self) -> None:
        """Deliver it after all."""
        self._let_go.set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Accept connections."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            try:
                yield
            finally:
                self.let_go()
                # Closing alone would not wake the thread that accepts.
                listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                is_held, self._is_armed = self._is_armed, False
                ends = (client, socket.create_connection(("127.0.0.1", self._to_port)))
                threading.Thread(
                    target=self._join, args=ends, kwargs={"is_held": is_held}, daemon=True
                ).start()

    def _join(self, client: socket.socket, desk: socket.socket, *, is_held: bool) -> None:
        with client, desk:
            if is_held:
                sent = client.recv(65_536)
                self._holding.set()
                self._let_go.wait()
                desk.sendall(sent)
            back = threading.Thread(target=_forward, args=(desk, client), daemon=True)
            back.start()
            _forward(client, desk)
            back.join()


def _forward(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while said := source.recv(65_536):
            sink.sendall(said)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
