"""Wake-ups beside SQLite, which tells nobody of a commit: one byte to a Unix datagram socket."""

import os
import socket
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from bridge.store.wakeup import ClosableWakeUp


def socket_path(database: Path) -> Path:
    """Name the socket of the worker that serves a database file; paths of sockets must be short."""
    digest = sha256(os.fsencode(database.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"incident-bridge-{os.getuid()}-{digest}.sock"


def send(to: Path) -> None:
    """Send the byte; that nobody listens, or that plenty is waiting to be read, is no failure."""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(0)
        sender.sendto(b"!", os.fspath(to))


class DatagramWakeUp(ClosableWakeUp):
    """Listens on the socket; the newest of several workers on one host gets it, the others poll."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._socket = _bound(path)
        self._inode = _inode(path) if self._socket is not None else None

    def _wait(self, timeout_seconds: float) -> None:
        listening = self._socket
        came = self._select(listening.fileno() if listening is not None else None, timeout_seconds)
        if came and listening is not None:
            with suppress(OSError):
                while listening.recv(16):
                    pass

    def _close(self) -> None:
        if self._socket is None:
            return
        self._socket.close()
        self._socket = None
        if _inode(self._path) == self._inode:
            self._path.unlink(missing_ok=True)


def _bound(path: Path) -> socket.socket | None:
    """Bind beside the path, then take its place: a socket left by a killed worker is no obstacle.

    None where that is impossible; the worker then polls.
    """
    beside = path.with_suffix(f".{os.getpid()}")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        beside.unlink(missing_ok=True)
        listening.bind(os.fspath(beside))
        beside.chmod(0o600)
        beside.replace(path)
    except OSError:
        listening.close()
        beside.unlink(missing_ok=True)
        return None
    listening.settimeout(0)
    return listening


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None
