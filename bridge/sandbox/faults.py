"""Faults to order: what a stand-in desk does wrong, how often, and how slowly it answers."""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bridge.domain.span import parse_span

#: Draws are the same in every run, so that a share gives the same calls each time.
_SEED = 1


class FaultKind(StrEnum):
    """A way to fail; one that ends in `-after` does the work first and then loses the answer."""

    ERROR_500 = "500"
    ERROR_503 = "503"
    ERROR_429 = "429"
    ERROR_429_DATE = "429-date"
    ERROR_429_RESET = "429-reset"
    ERROR_401 = "401"
    HTML = "html"
    EMPTY = "empty"
    RESET = "reset"
    HANG = "hang"
    ERROR_500_AFTER = "500-after"
    HTML_AFTER = "html-after"
    EMPTY_AFTER = "empty-after"
    RESET_AFTER = "reset-after"
    HANG_AFTER = "hang-after"

    @property
    def is_after(self) -> bool:
        """Whether the work is done although the answer is lost."""
        return self.endswith("-after")

    @property
    def answer(self) -> str:
        """What comes instead of the answer: the name without `-after`."""
        return self.removesuffix("-after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of fault and the share of calls that it strikes, from 0 to 1."""

    kind: FaultKind
    share: float

    def __str__(self) -> str:
        return self.kind if self.share == 1 else f"{self.kind}={self.share:g}"


def parse_fault(text: str) -> Fault:
    """Read `KIND` or `KIND=SHARE`; raise ValueError, with the remedy, for anything else."""
    name, equals, share = text.partition("=")
    try:
        kind = FaultKind(name)
    except ValueError as exc:
        kinds = ", ".join(FaultKind)
        message = f"{name!r} is not a kind of fault; choose one of {kinds}"
        raise ValueError(message) from exc
    return Fault(kind=kind, share=_share(text, share) if equals else 1)


def _share(text: str, share: str) -> float:
    try:
        value = float(share)
    except ValueError:
        value = -1
    if 0 <= value <= 1:
        return value
    message = f"{text!r} has no share between 0 and 1; write it like 500=0.1"
    raise ValueError(message)


class FaultPlan:
    """Decides for each vendor call how long it waits and how it fails, if at all."""

    def __init__(self, latency: str, faults: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._latency = parse_span(latency)
        self._order(tuple(parse_fault(text) for text in faults), None)

    @property
    def latency(self) -> timedelta:
        """How long a call waits before it is handled."""
        return self._latency

    def order(
        self,
        *,
        faults: Sequence[str] | None = None,
        times: int | None = None,
        latency: str | None = None,
    ) -> None:
        """Replace the faults, for so many failures or for good, and the latency.

        What is None stays as it is; ValueError, and nothing changed, if one of them is nonsense.
        Shares that add up to more than 1 are scaled down to 1.
        """
        span = None if latency is None else parse_span(latency)
        parsed = None if faults is None else tuple(parse_fault(text) for text in faults)
        with self._lock:
            if span is not None:
                self._latency = span
            if parsed is not None:
                self._order(parsed, times)

    def draw(self) -> FaultKind | None:
        """Say how the next call fails; None lets it succeed."""
        with self._lock:
            if not self._faults or self._left == 0:
                return None
            kind = self._pick(self._random.random() * max(1.0, self._total))
            if kind is not None and self._left is not None:
                self._left -= 1
            return kind

    def describe(self) -> dict[str, object]:
        """Say what is ordered now, in the words of the order."""
        with self._lock:
            faults = self._faults if self._left != 0 else ()
            milliseconds = round(self._latency / timedelta(milliseconds=1))
            return {
                "fail": [str(fault) for fault in faults],
                "times": self._left or None,
                "latency": f"{milliseconds}ms",
            }

    def _order(self, faults: tuple[Fault, ...], times: int | None) -> None:
        self._faults = faults
        self._left = times
        self._total = sum(fault.share for fault in faults)
        self._random = random.Random(_SEED)  # noqa: S311  # repeatable, not secret

    def _pick(self, point: float) -> FaultKind | None:
        for fault in self._faults:
            if point < fault.share:
                return fault.kind
            point -= fault.share
        return None
