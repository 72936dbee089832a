"""How many webhooks are worked on, and how many wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

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
        self._inside = _places(at_once)
        self._known = _places(at_once + waiting)
        self._patience = patience

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Be inside while the `with` lasts; raise Overloaded instead of growing a queue."""
        _take(self._known, timeout=0)
        try:
            _take(self._inside, timeout=self._patience)
            try:
                yield
            finally:
                self._inside.put(None)
        finally:
            self._known.put(None)


def _places(number: int) -> SimpleQueue[None]:
    """Make a semaphore; that of `threading` is written in Python, and takes ten times as long."""
    places: SimpleQueue[None] = SimpleQueue()
    for _ in range(number):
        places.put(None)
    return places


def _take(places: SimpleQueue[None], *, timeout: float) -> None:
    try:
        places.get(timeout=timeout)
    except Empty:
        raise Overloaded from None
