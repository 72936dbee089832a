"""How much an expression may do; far above use, far below harm."""

import time
from contextvars import ContextVar, Token

MAX_TEXT = 30_000  #: characters of any other field
MAX_WORK = 400_000  #: characters of a value inside a template
MAX_ITEMS = 1000  #: turns of a loop
MAX_TEMPLATE = 20_000  #: characters of a template
MAX_NESTED = 50  #: levels of an expression; Jinja's own work grows with their cube
MAX_MATCHES = 10_000  #: places that regex_replace replaces
MAX_SECONDS = 0.5  #: for one template


class TooMuch(Exception):
    """A template went past what it may do; the message says with what."""


class Deadline:
    """The moment by which something has to be done; a context that `check_time` looks at."""

    __slots__ = ("_token", "at", "seconds", "what")

    def __init__(self, at: float, seconds: float, what: str) -> None:
        self.at, self.seconds, self.what = at, seconds, what

    def __enter__(self) -> "Deadline":
        """Give what holds from now on: this, or what is around it if that is earlier."""
        outer = _deadline.get()
        sooner = outer if outer.at < self.at else self
        self._token: Token[Deadline] = _deadline.set(sooner)
        return sooner

    def __exit__(self, *_raised: object) -> None:
        _deadline.reset(self._token)

    def check(self) -> None:
        """Raise TooMuch when the time is up."""
        if time.monotonic() > self.at:
            message = f"{self.what} takes more than {self.seconds} s"
            raise TooMuch(message)


_NEVER = Deadline(float("inf"), 0, "")
_deadline = ContextVar("deadline", default=_NEVER)


def within(seconds: float, what: str) -> Deadline:
    """Let `check_time` raise TooMuch once it took longer, or what is around it did."""
    return Deadline(time.monotonic() + seconds, seconds, what)


def check_time() -> None:
    """Raise TooMuch when the time is up."""
    _deadline.get().check()
