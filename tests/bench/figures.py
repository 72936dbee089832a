"""A figure: what was measured, in each round, and how good it has to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tests.bench.stats import Spread, paired, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound that the median has to keep."""

    bound: float
    is_floor: bool  #: at least the bound; otherwise at most

    def is_met(self, value: float) -> bool:
        """Say whether a value keeps the bound."""
        return value >= self.bound if self.is_floor else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.is_floor else '<='} {self.bound:g}"


def at_least(bound: float) -> Goal:
    """Demand no less."""
    return Goal(bound=bound, is_floor=True)


def at_most(bound: float) -> Goal:
    """Demand no more."""
    return Goal(bound=bound, is_floor=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table: a name, and a value for each round."""

    name: str
    values: tuple[float, ...]
    unit: str = ""  #: empty for a ratio
    goal: Goal | None = None

    @property
    def spread(self) -> Spread:
        """The median of the rounds, and their quartiles."""
        return spread(self.values)

    @property
    def is_met(self) -> bool | None:
        """Whether the median keeps the goal; None without one."""
        return None if self.goal is None else self.goal.is_met(self.spread.median)

    def as_json(self) -> dict[str, Any]:
        """Write the figure, the median and the spread with it for those who read the file."""
        said = self.spread
        goal = self.goal
        return {
            "name": self.name,
            "unit": self.unit,
            "median": said.median,
            "low": said.low,
            "high": said.high,
            "goal": None if goal is None else {"bound": goal.bound, "is_floor": goal.is_floor},
            "is_met": self.is_met,
            "values": list(self.values),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        goal = said["goal"]
        return cls(
            name=said["name"],
            unit=said["unit"],
            values=tuple(said["values"]),
            goal=None if goal is None else Goal(bound=goal["bound"], is_floor=goal["is_floor"]),
        )


def ratio(
    name: str, tops: Sequence[float], bottoms: Sequence[float], goal: Goal | None = None
) -> Figure:
    """Compare what was measured in the same rounds."""
    return Figure(name=name, values=paired(tops, bottoms), goal=goal)
