"""Numbers of several rounds made into one figure; pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

#: Of connections that do the same, the busiest may have this many times the least busy one's share.
LOPSIDED = 2.0
#: Below this, the luck of a few requests decides the shares.
FEWEST_PER_CONNECTION = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The middle of some values, and the range in which half of them lie."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Give the median and the quartiles; ValueError if there is no value."""
    if not values:
        message = "no round was usable, so there is no figure"
        raise ValueError(message)
    return Spread(median=median(values), low=quantile(values, 0.25), high=quantile(values, 0.75))


def quantile(values: Sequence[float], share: float) -> float:
    """Give the value below which that share of all lies, between two of them if need be."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def paired(tops: Sequence[float], bottoms: Sequence[float]) -> tuple[float, ...]:
    """Give the ratio of each round: what slows a whole round cancels out of it."""
    return tuple(top / bottom for top, bottom in zip(tops, bottoms, strict=True))


def is_lopsided(counts: Sequence[int]) -> bool:
    """Say whether equal connections got so unequal shares that the run measured their luck."""
    if sum(counts) < FEWEST_PER_CONNECTION * len(counts):
        return False
    return max(counts) > LOPSIDED * max(1, min(counts))


def interleaved(names: Sequence[str], rounds: int) -> list[list[str]]:
    """Give the order of each round: there and back, so that no name always comes first."""
    return [list(names) if number % 2 == 0 else list(reversed(names)) for number in range(rounds)]


def drain_share(calls: Sequence[datetime], *, threads: int, latency: float) -> float:
    """Give the pace at which calls began, as a share of threads over latency (in seconds).

    The first `threads` calls begin at once; each call after them follows the end of another.
    """
    if len(calls) <= threads:
        message = f"{len(calls)} calls do not keep {threads} threads busy"
        raise ValueError(message)
    ordered = sorted(calls)
    lasted = (ordered[-1] - ordered[0]).total_seconds()
    return (len(ordered) - threads) / lasted * latency / threads
