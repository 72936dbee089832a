"""Which transition to take next, and what its screen is to be filled with; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bridge.domain.json import JsonObject, JsonValue

#: Names that most workflows have, for those who configure none.
USUAL_ENDS: Final = ("Done", "Resolved", "Completed", "Closed")
USUAL_WORK: Final = ("In Progress", "Work in progress", "Start Progress")
USUAL_BEGINNINGS: Final = ("Reopened", "To Do", "Open", "Backlog")


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where an issue is in its workflow."""

    name: str
    is_rest: bool  #: nobody works on it any more: its category is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One way that the workflow offers now."""

    id: str
    name: str
    to: Status
    screen: JsonObject = field(default_factory=dict)  #: its fields, by id

    def __str__(self) -> str:
        return f"{self.name} -> {self.to.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where to, and over what; every name is a transition's or that of the status it leads to."""

    goals: Sequence[str]  #: the first that is offered is taken
    via: Sequence[str] = ()  #: where no goal is offered, the last of these that is
    to_rest: bool = False

    def reached_by(self, transition: Transition) -> bool:
        """Say whether a transition ends this route."""
        return _is_any(transition, self.goals)

    def step(self, offered: Sequence[Transition], passed: Collection[str]) -> Transition | None:
        """Choose a transition that leads on; None when no known one does."""
        open_ = [
            way
            for way in offered
            if (self.to_rest or not way.to.is_rest) and way.to.name not in passed
        ]
        for name in (*self.goals, *reversed(self.via)):
            for way in open_:
                if _is_any(way, (name,)):
                    return way
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What the screens of transitions are filled with."""

    resolutions: Sequence[str] = ()  #: the first that the screen allows
    fields: JsonObject = field(default_factory=dict)  #: as configured, by field id

    def of(self, transition: Transition) -> tuple[dict[str, JsonValue], Sequence[str]]:
        """Give the fields to send, and what is still missing in the words of people."""
        sent: dict[str, JsonValue] = {}
        missing: list[str] = []
        for id_, said in transition.screen.items():
            about = said if isinstance(said, Mapping) else {}
            if id_ in self.fields:
                sent[id_] = self.fields[id_]
            elif id_ == "resolution" and (name := self._resolution(about)):
                sent[id_] = {"name": name}
            elif about.get("required") is True and about.get("hasDefaultValue") is not True:
                missing.append(_demand(id_, about))
        return sent, missing

    def _resolution(self, about: JsonObject) -> str | None:
        allowed = {name.casefold(): name for name in _allowed(about)}
        words = [word for word in self.resolutions if not allowed or word.casefold() in allowed]
        return allowed.get(words[0].casefold(), words[0]) if words else None


def transition_of(row: JsonObject) -> Transition:
    """Read a transition as Jira lists it."""
    screen = row.get("fields")
    return Transition(
        id=str(row.get("id") or ""),
        name=str(row.get("name") or ""),
        to=status_of(row.get("to")),
        screen=screen if isinstance(screen, Mapping) else {},
    )


def status_of(said: JsonValue) -> Status:
    """Read a status with its category."""
    about = said if isinstance(said, Mapping) else {}
    category = about.get("statusCategory")
    key = category.get("key") if isinstance(category, Mapping) else None
    return Status(name=str(about.get("name") or ""), is_rest=key == "done")


def _is_any(way: Transition, names: Sequence[str]) -> bool:
    own = {way.name.casefold(), way.to.name.casefold()}
    return any(name.casefold() in own for name in names)


def _demand(id_: str, about: JsonObject) -> str:
    allowed = ", ".join(_allowed(about))
    name = str(about.get("name") or id_)
    return f"{name} ({id_}), one of {allowed}" if allowed else f"{name} ({id_})"


def _allowed(about: JsonObject) -> Sequence[str]:
    values = about.get("allowedValues")
    rows = values if isinstance(values, list) else []
    return [str(row.get("name") or row.get("value")) for row in rows if isinstance(row, Mapping)]
