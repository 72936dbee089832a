"""Connections that send a small request in one piece: the desk wakes once, and answers sooner."""

from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool, HTTPConnectionPool, HTTPSConnectionPool

#: What is larger goes out as it comes, and is not copied.
_MOST = 64 * 1024


class _InOnePiece(HTTPConnection):
    """Sends head and body together; `http.client` sends the one, then the other."""

    _pieces: list[bytes] | None = None

    def request(self, method: str, url: str, body: Any = None, *args: Any, **how: Any) -> None:
        """Send a request; a body that is no bytes, or is large, comes after its head."""
        if not isinstance(body, bytes) or len(body) > _MOST:
            super().request(method, url, body, *args, **how)
            return
        pieces: list[bytes] = []
        self._pieces = pieces
        try:
            super().request(method, url, body, *args, **how)
        finally:
            self._pieces = None
        self.send(b"".join(pieces))

    def send(self, data: Any) -> None:
        """Send, or keep what belongs to a request that leaves in one piece."""
        if self._pieces is None:
            super().send(data)
        else:
            self._pieces.append(data)


class _InOnePieceByTls(_InOnePiece, HTTPSConnection):
    """The same over TLS."""


def send_in_one_piece(pool: ConnectionPool) -> None:
    """Let the connections that a pool makes from now on send so."""
    if isinstance(pool, HTTPSConnectionPool):
        pool.ConnectionCls = _InOnePieceByTls
    elif isinstance(pool, HTTPConnectionPool):
        pool.ConnectionCls = _InOnePiece
