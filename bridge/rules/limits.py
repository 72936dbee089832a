"""How much a rule may do with one alert; far above use, far below harm."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

MAX_SUBJECT = 250  #: characters
MAX_TEXT = 30_000  #: characters of any other field
MAX_FILES = 10  #: attachments of one ticket
MAX_SEEN = 100_000  #: characters of a label or annotation that templates see
MAX_WORK = 400_000  #: characters of a value inside a template
MAX_ITEMS = 1000  #: turns of a loop
MAX_TEMPLATE = 20_000  #: characters of a template
MAX_NESTED = 50  #: levels of an expression; Jinja's own work grows with their cube
MAX_MATCHES = 10_000  #: places that regex_replace replaces
MAX_SECONDS = 0.5  #: for one template
MAX_SECONDS_IN_ALL = 2.0  #: for all templates of one alert
MAX_FAULT = 500  #: characters of what is said of a failure; it may quote the alert
MAX_KEY = 500  #: characters; a longer key is cut and told apart by its digest


class TooMuch(Exception):
    """A template went past what it may do; the message says with what."""


class _Deadline(NamedTuple):
    at: float
    said: str


_NEVER = _Deadline(float("inf"), "")
_deadline = ContextVar("deadline", default=_NEVER)


@contextmanager
def within(seconds: float, what: str) -> Iterator[None]:
    """Let `check_time` raise TooMuch once it took longer, or what is around it did."""
    mine = _Deadline(time.monotonic() + seconds, f"{what} takes more than {seconds} s")
    token = _deadline.set(min(_deadline.get(), mine))
    try:
        yield
    finally:
        _deadline.reset(token)


def check_time() -> None:
    """Raise TooMuch when the time is up."""
    deadline = _deadline.get()
    if time.monotonic() > deadline.at:
        raise TooMuch(deadline.said)
