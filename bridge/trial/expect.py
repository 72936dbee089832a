"""What a test expects, held against what came of its steps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.domain.decision import Filed
from bridge.domain.incident import Incident
from bridge.domain.spec import ATTRIBUTES, CustomField, IncidentSpec
from bridge.trial.rehearsal import Rehearsal


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that came out otherwise than expected."""

    name: str
    expected: object
    found: object  #: None: nothing of that name came out
    because: str = ""  #: who gave the value that was found


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What came of the steps."""

    rehearsal: Rehearsal
    dropped: int


def differences(expect: Mapping[str, Any], ending: Ending) -> Sequence[Difference]:
    """Give all that differs, in the order of the expectations."""
    return [found for name, said in expect.items() for found in _compared(name, said, ending)]


def _compared(name: str, expected: Any, ending: Ending) -> Iterator[Difference]:
    incident = ending.rehearsal.last_incident()
    if name in _WHOLE:
        found: object = _WHOLE[name](ending)
    elif incident is None:
        found = None
    elif name in _OF_INCIDENT:
        found = _OF_INCIDENT[name](ending, incident)
    else:
        found = getattr(_told(ending, incident), ATTRIBUTES[name])
    if name == "notes":
        yield from _notes(expected, found)
        return
    for path, wanted, given in _leaves((name,), "" if expected is None else expected, found):
        if not _is_same(wanted, given):
            because = _because(ending, path)
            yield Difference(name=".".join(path), expected=wanted, found=given, because=because)


def _leaves(
    path: tuple[str, ...], expected: object, found: object
) -> Iterator[tuple[tuple[str, ...], object, object]]:
    """Compare mappings by the names that are expected: what else there is may be as it likes."""
    found = found.value if isinstance(found, CustomField) else found
    if isinstance(expected, Mapping) and isinstance(found, Mapping | None):
        for name, wanted in expected.items():
            yield from _leaves((*path, name), wanted, found.get(name) if found else None)
        return
    yield path, _plain(expected), _plain(found)


def _is_same(wanted: object, given: object) -> bool:
    """Compare as JSON does, where true is not 1."""
    return wanted == given and isinstance(wanted, bool) == isinstance(given, bool)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _notes(expected: int | Sequence[str], found: object) -> Iterator[Difference]:
    notes = found if isinstance(found, list) else []
    if isinstance(expected, int):
        if len(notes) != expected:
            yield Difference(name="notes", expected=expected, found=len(notes))
        return
    for text in expected:
        if not any(text in note for note in notes):
            yield Difference(name="notes", expected=text, found=notes)


def _told(ending: Ending, incident: Incident) -> IncidentSpec:
    """Give the ticket's fields as the desk has them, or as they would be filed."""
    record = ending.rehearsal.ticket_of(incident)
    return record.spec if record is not None else incident.desired.spec


def _tickets(ending: Ending) -> int:
    return sum(len(desk.records) for desk in ending.rehearsal.desks.values())


def _rule(ending: Ending) -> str:
    """Name the last rule that applied; empty: none did."""
    decisions = ending.rehearsal.rules.decisions
    return (decisions[-1].rule or "") if decisions else ""


def _state(_ending: Ending, incident: Incident) -> str:
    is_over = incident.observed.ticket is None or incident.observed.resolved_at is not None
    return "resolved" if is_over and not incident.desired.is_open else "open"


def _note_texts(ending: Ending, incident: Incident) -> Sequence[str]:
    record = ending.rehearsal.ticket_of(incident)
    return [note for note in record.notes if note] if record is not None else []


def _because(ending: Ending, path: tuple[str, ...]) -> str:
    """Say who gave a field, by the last decision that set it."""
    for decision in reversed(ending.rehearsal.rules.decisions):
        if isinstance(decision, Filed) and ".".join(path) in decision.trace.fields:
            return decision.trace.fields[".".join(path)].given_by
    return ""


_WHOLE: Mapping[str, Callable[[Ending], object]] = {
    "tickets": _tickets,
    "dropped": lambda ending: ending.dropped,
    "rule": _rule,
}
_OF_INCIDENT: Mapping[str, Callable[[Ending, Incident], object]] = {
    "state": _state,
    "notes": _note_texts,
    "backend": lambda _ending, incident: incident.backend,
}
