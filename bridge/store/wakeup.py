"""How committed work reaches the worker at once; a wake-up that is lost costs only its poll."""

import os
import select
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType
from typing import Self

_BYTE = b"!"


class Bell:
    """Wakes a thread of this process that waits in select."""

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
        os.set_blocking(self._out, False)
        os.set_blocking(self._in, False)
        self._lock = threading.Lock()
        self._is_closed = False

    def fileno(self) -> int:
        """Give what becomes readable when the bell was rung."""
        return self._out

    def ring(self) -> None:
        """Wake whoever waits, or the next who does; never block."""
        with self._lock, suppress(BlockingIOError):
            if not self._is_closed:
                os.write(self._in, _BYTE)

    def hush(self) -> None:
        """Forget that the bell was rung."""
        with suppress(BlockingIOError):
            while os.read(self._out, 1024):
                pass

    def close(self) -> None:
        """Give the descriptors back."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                os.close(self._in)
                os.close(self._out)


class ClosableWakeUp(ABC):
    """Implements WakeUp for the worker; closed, it no longer waits at all."""

    def __init__(self) -> None:
        self._bell = Bell()
        self._waiting = threading.Lock()
        self._is_closed = False

    def notify(self) -> None:
        """Wake the worker of this process; those of others hear from the database or its writer."""
        self._bell.ring()

    def wait(self, timeout_seconds: float) -> None:
        """Return when notified, or after the timeout."""
        with self._waiting:
            if not self._is_closed:
                self._wait(timeout_seconds)

    def close(self) -> None:
        """End a wait that is under way, and stop listening."""
        self._is_closed = True
        self._bell.ring()
        with self._waiting:
            self._close()
            self._bell.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def _wait(self, timeout_seconds: float) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...

    def _select(self, outside: int | None, timeout_seconds: float) -> bool:
        """Wait for the bell or for what is outside; say whether the latter came."""
        ears = [self._bell.fileno()] if outside is None else [self._bell.fileno(), outside]
        ready, _, _ = select.select(ears, [], [], max(0.0, timeout_seconds))
        self._bell.hush()
        return outside in ready
