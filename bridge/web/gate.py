"""How many webhooks are worked on, and how many wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.exceptions import ServiceUnavailable

RETRY_AFTER_SECONDS = 2

#: The shortest patience of a known sender is a second, the common one ten.
PATIENCE_SECONDS = 5.0


class Overloaded(ServiceUnavailable):
    """There are more webhooks than the bridge will keep waiting."""

    def __init__(self) -> None:
        super().__init__(
            "the bridge has more webhooks at once than it can take; send the same again",
            retry_after=RETRY_AFTER_SECONDS,
        )


class Gate:
    """Lets some in at once and some more wait; everybody else is told to come back."""

    def __init__(self, *, at_once: int, waiting: int, patience: float = PATIENCE_SECONDS) -> None:
        self._inside = threading.BoundedSemaphore(at_once)
        self._known = threading.BoundedSemaphore(at_once + waiting)
        self._patience = patience

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Be inside while the `with` lasts; raise Overloaded instead of growing a queue."""
        if not self._known.acquire(blocking=False):
            raise Overloaded
        try:
            if not self._inside.acquire(timeout=self._patience):
                raise Overloaded
            try:
                yield
            finally:
                self._inside.release()
        finally:
            self._known.release()
