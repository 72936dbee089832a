"""An answer in one piece: its head and its body would wake the sender twice."""

from typing import Any

#: What is larger is sent in pieces, as it comes.
_MOST = 64 * 1024


class Gathered:
    """A socket, but what is sent waits for `flush`; whatever else is done to it comes after."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._pieces: list[bytes] = []
        self._size = 0

    def sendall(self, data: bytes) -> None:
        """Send with what comes next."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _MOST:
            self.flush()

    def flush(self) -> None:
        """Send what waits."""
        if self._pieces:
            waiting = b"".join(self._pieces)
            self._pieces, self._size = [], 0
            self._sock.sendall(waiting)

    def __getattr__(self, name: str) -> Any:
        """Give the socket's own, in its order among what is sent."""
        self.flush()
        return getattr(self._sock, name)
