"""What a replay found, as people and programs read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.domain.json import JsonObject, JsonValue
from bridge.trial.compare import Pair
from bridge.trial.replay import Difference, Rekeyed, Replay

LONGEST = 60  #: characters of a value on one side of an arrow


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What was compared with what."""

    old: str
    new: str
    since: datetime


def text_of(result: Replay, sides: Sides, show: int) -> str:
    """Say what would differ alert by alert, which incidents get another key, and the sums."""
    return "".join(f"{line}\n" for line in _lines(result, sides, show))


def json_of(result: Replay, sides: Sides) -> JsonObject:
    """Give the same for programs, every difference among it."""
    return {
        "old": sides.old,
        "new": sides.new,
        "since": _moment(sides.since),
        "summary": {
            "bodies": result.bodies,
            "alerts": result.alerts,
            "unknown": result.unknown,
            "skipped": dict(result.skipped),
            "unchanged": result.alerts - len(result.differences),
            "opened": result.count("opened"),
            "dropped": result.count("dropped"),
            "changed": result.count("changed"),
            "fields": dict(result.fields()),
            "keys": sum(d.comparison.key is not None for d in result.differences),
            "tickets": {"old": len(result.old_tickets), "new": len(result.new_tickets)},
        },
        "rekeyed": [_rekeyed(rekeyed) for rekeyed in result.rekeyed],
        "differences": [_difference(difference) for difference in result.differences],
    }


def _lines(result: Replay, sides: Sides, show: int) -> Iterator[str]:
    yield f"old: {sides.old}"
    yield f"new: {sides.new}"
    for difference in result.differences[:show]:
        yield f"{difference.received_at:%Y-%m-%d %H:%M:%S}  {difference.title}"
        yield from (f"  {line}" for line in _told(difference))
    hidden = len(result.differences) - show
    if hidden > 0:
        yield f"and {hidden} more that differ; --show or --json shows them"
    for rekeyed in result.rekeyed:
        yield from _rekeyed_lines(rekeyed)
    yield from _sums(result)


def _told(difference: Difference) -> Iterator[str]:
    old, new, comparison = difference.old, difference.new, difference.comparison
    if comparison.kind != "changed":
        what = "would be dropped" if comparison.kind == "dropped" else "would be filed"
        yield f"{what}: rule {old.rule or 'none'} -> {new.rule or 'none'}"
    for name, pair in (*comparison.fields.items(), *comparison.policy.items()):
        yield f"{name}: {_said(pair[0])} -> {_said(pair[1])}"
    for name, whole in (("backend", comparison.backend), ("key", comparison.key)):
        if whole is not None:
            yield f"{name}: {whole[0]} -> {whole[1]}"


def _rekeyed_lines(rekeyed: Rekeyed) -> Iterator[str]:
    ticket = rekeyed.ticket or "not filed yet"
    yield f"incident {rekeyed.incident_id} ({ticket}) would be re-keyed and keep its alerts:"
    yield f"  {rekeyed.old} -> {rekeyed.new}"
    for other in rekeyed.others:
        yield f"  an alert of the key {other} would stay with it until it clears"


def _sums(result: Replay) -> Iterator[str]:
    yield (
        f"{_number(result.bodies, 'body', 'bodies')}, {_number(result.alerts, 'alert', 'alerts')}: "
        f"{result.alerts - len(result.differences)} as before, {result.count('opened')} filed "
        f"that were dropped, {result.count('dropped')} dropped that were filed, "
        f"{result.count('changed')} changed"
    )
    yield f"tickets: {len(result.old_tickets)} -> {len(result.new_tickets)}"
    if result.fields():
        told = ", ".join(f"{name} ({count})" for name, count in result.fields().items())
        yield f"fields that differ: {told}"
    for reason, count in result.skipped.items():
        yield f"left out: {_number(count, 'body', 'bodies')}, {reason}"
    if result.unknown:
        told = _number(result.unknown, "alert", "alerts")
        yield f"left out: {told}, told otherwise since or not on record any more"


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _said(value: JsonValue) -> str:
    match value:
        case None | "":
            return "(nothing)"
        case Mapping() if set(value) == {"value", "type"}:
            return _said(value["value"])
        case list():
            return ", ".join(map(_said, value)) or "(none)"
        case _:
            line = " ".join(str(value).split())
            return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _difference(difference: Difference) -> JsonObject:
    comparison = difference.comparison
    return {
        "inbox": difference.inbox_id,
        "received_at": _moment(difference.received_at),
        "source": difference.alert.source,
        "fingerprint": difference.alert.fingerprint,
        "title": difference.title,
        "kind": comparison.kind,
        "rule": {"old": difference.old.rule, "new": difference.new.rule},
        "fields": {name: _both(pair) for name, pair in comparison.fields.items()},
        "policy": {name: _both(pair) for name, pair in comparison.policy.items()},
        "backend": _both(comparison.backend) if comparison.backend is not None else None,
        "key": _both(comparison.key) if comparison.key is not None else None,
    }


def _rekeyed(rekeyed: Rekeyed) -> JsonObject:
    return {
        "incident": rekeyed.incident_id,
        "ticket": rekeyed.ticket,
        "old": rekeyed.old,
        "new": rekeyed.new,
        "others": list(rekeyed.others),
    }


def _both(pair: Pair) -> JsonObject:
    return {"old": pair[0], "new": pair[1]}


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
