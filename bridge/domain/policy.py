"""How an incident behaves over time: what rules say beside the ticket's fields."""

from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from typing import Self, cast

from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.span import span_text
from bridge.domain.window import Window


class OnClear(StrEnum):
    """What happens to the ticket once every alert of the incident has cleared."""

    RESOLVE = "resolve"
    CLOSE = "close"
    CANCEL = "cancel"
    NOTE = "note"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """At most `tickets` filed per period by one rule; the rest share an overflow ticket."""

    tickets: int
    per: timedelta
    rule: str = ""  #: whose budget it is: the rule that declares it, or "defaults"

    def __str__(self) -> str:
        """Say it for people, as `20 tickets in 1h`."""
        return f"{self.tickets} ticket{'' if self.tickets == 1 else 's'} in {span_text(self.per)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The time and courtesy rules of one incident."""

    hold: timedelta = timedelta(0)  #: file only if still firing after this
    resolve_after: timedelta = timedelta(0)  #: resolve only if still clear after this
    reopen_within: timedelta = timedelta(0)  #: a refire this soon after the resolve reopens
    #: A pair of Alertmanagers sends resolved, a stale firing, resolved: 2 x peer-timeout and more.
    settle: timedelta = timedelta(seconds=90)
    expire_after: timedelta | None = None  #: silence this long counts as cleared
    on_clear: OnClear = OnClear.RESOLVE
    budget: Budget | None = None
    respect_people: bool = True
    expect_every: timedelta | None = None  #: the alert is a heartbeat: its silence is the fault
    mute: tuple[Window, ...] = ()  #: while one of these lasts, nothing new is filed

    @property
    def asks_for_repeats(self) -> bool:
        """True when it matters that an alert was heard of again, though nothing else changed."""
        return self.expire_after is not None or self.expect_every is not None

    def as_json(self) -> dict[str, JsonValue]:
        """Write the policy with every span in seconds."""
        said: dict[str, JsonValue] = {}
        for f in fields(self):
            match getattr(self, f.name):
                case timedelta() as span:
                    said[f.name] = span.total_seconds()
                case Budget() as budget:
                    said[f.name] = {
                        "tickets": budget.tickets,
                        "per": budget.per.total_seconds(),
                        "rule": budget.rule,
                    }
                case tuple() as windows:
                    said[f.name] = [window.as_json() for window in windows]
                case value:
                    said[f.name] = value
        return said

    @classmethod
    def from_json(cls, said: JsonObject) -> Self:
        """Read what `as_json` wrote; what it lacks has its default."""
        known = cast("dict[str, float]", {k: v for k, v in said.items() if v is not None})
        spans = ("hold", "resolve_after", "reopen_within", "settle", "expire_after", "expect_every")
        values: dict[str, object] = {
            name: timedelta(seconds=known[name]) for name in spans if name in known
        }
        if "on_clear" in known:
            values["on_clear"] = OnClear(str(said["on_clear"]))
        if "respect_people" in known:
            values["respect_people"] = bool(said["respect_people"])
        if "budget" in known:
            budget = cast("dict[str, float]", said["budget"])
            values["budget"] = Budget(
                tickets=int(budget["tickets"]),
                per=timedelta(seconds=budget["per"]),
                rule=str(budget.get("rule", "")),
            )
        if "mute" in known:
            windows = cast("list[JsonObject]", said["mute"])
            values["mute"] = tuple(Window.from_json(window) for window in windows)
        return cls(**values)  # type: ignore[arg-type]  # built above, field by field
