"""What the rules make of an alert, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.domain.json import JsonValue
from bridge.domain.policy import Policy
from bridge.domain.spec import IncidentSpec

LONGEST_TOLD = 120  #: characters of a value in a trace


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTrace:
    """Who gave a field its value; a chain of what it overrode hangs on `over`."""

    value: JsonValue
    rule: str  #: a rule's id, or "defaults", or "built-in"
    location: str  #: FILE:LINE
    via: tuple[str, ...] = ()  #: table rows that the template looked up, as people read them
    over: "FieldTrace | None" = None
    #: What `str` gave: rules give one trace to all alerts that read the same to them.
    _told: str | None = field(default=None, init=False, compare=False, repr=False)

    def __str__(self) -> str:
        if self._told is None:
            object.__setattr__(self, "_told", self._said())
        return self._told or ""

    def _said(self) -> str:
        said = f"{_shortened(self.value)} <- {self.given_by}"
        over = self.over
        while over is not None:
            said += f" over {_shortened(over.value)} ({over.given_by})"
            over = over.over
        return said

    @property
    def given_by(self) -> str:
        """Name the rule, its place, and the table rows it took the value from."""
        return ", ".join((f"{self.rule} {self.location}".rstrip(), *self.via))


def _shortened(value: JsonValue) -> str:
    """Write a value on part of one line."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    # Each word has a character and a space at least, so what follows is past the end.
    line = " ".join(text.split(None, LONGEST_TOLD))
    return line if len(line) <= LONGEST_TOLD else f"{line[: LONGEST_TOLD - 1]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTrace:
    """Whether a rule applied; if not, the first matcher that failed."""

    rule: str
    location: str
    applied: bool
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFault:
    """A template that failed and what stood in for it; the alert is filed all the same."""

    rule: str
    field: str
    location: str
    message: str
    fallback: str  #: where the value came from instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A key that a table has no row for: work for whoever keeps the table."""

    table: str
    key: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.table}: {_shortened(', '.join(self.key))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Everything that `explain` prints about one alert."""

    fields: Mapping[str, FieldTrace] = field(default_factory=dict)
    rules: tuple[RuleTrace, ...] = ()
    misses: tuple[Miss, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """The alert belongs to the incident `key` at `backend`, which should look like `spec`."""

    key: str
    backend: str
    spec: IncidentSpec
    policy: Policy
    rule: str | None  #: the last rule that applied; None: unmatched, filed by the defaults
    faults: tuple[TemplateFault, ...] = ()
    trace: Trace = field(default_factory=Trace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """The alert is discarded on purpose."""

    reason: str
    rule: str | None  #: None: no rule matched and `unmatched: drop` holds
    trace: Trace = field(default_factory=Trace)


Decision = Filed | Dropped
