"""What differs between two decisions on the same alert."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from bridge.domain.decision import Decision, Dropped, Filed
from bridge.domain.json import JsonValue
from bridge.domain.spec import IncidentSpec
from bridge.intake.explain import told_spec

Pair = tuple[JsonValue, JsonValue]  #: what it was, and what it would be

_BY_NAME = ("CustomFields", "links", "attachments", "raw")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """An alert that would be taken otherwise."""

    kind: str  #: opened (it was dropped), dropped (it was filed) or changed
    fields: Mapping[str, Pair] = field(default_factory=dict)  #: of the ticket, by public name
    policy: Mapping[str, Pair] = field(default_factory=dict)
    backend: Pair | None = None
    key: Pair | None = None


def compare(old: Decision, new: Decision) -> Comparison | None:
    """Say what differs; None: nothing that anybody would notice."""
    if isinstance(old, Dropped):
        return None if isinstance(new, Dropped) else Comparison(kind="opened")
    return Comparison(kind="dropped") if isinstance(new, Dropped) else _changed(old, new)


def _changed(old: Filed, new: Filed) -> Comparison | None:
    comparison = Comparison(
        kind="changed",
        fields=_differing(_told(old), _told(_in_place_of(old, new))),
        policy=_differing(old.policy.as_json(), new.policy.as_json()),
        backend=_pair(old.backend, new.backend),
        key=_pair(old.key, new.key),
    )
    return None if comparison == Comparison(kind="changed") else comparison


def _in_place_of(old: Filed, new: Filed) -> Filed:
    """Let the same failures stand where they stood: a rule that only moved changes no ticket."""
    places = {(f.rule, f.field, f.message): f.location for f in old.faults}
    faults = tuple(
        replace(f, location=places.get((f.rule, f.field, f.message), f.location))
        for f in new.faults
    )
    return replace(new, faults=faults)


def _pair(old: str, new: str) -> Pair | None:
    return (old, new) if old != new else None


def _differing(old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> Mapping[str, Pair]:
    names = dict.fromkeys((*old, *new))
    pairs = {name: (old.get(name), new.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _told(decision: Filed) -> Mapping[str, JsonValue]:
    return dict(_fields(told_spec(decision)))


def _fields(spec: IncidentSpec) -> Iterator[tuple[str, JsonValue]]:
    for name, value in spec.as_json().items():
        if name in _BY_NAME and isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", said) for inner, said in value.items())
        else:
            yield name, list(value) if isinstance(value, tuple) else value
