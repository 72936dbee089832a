"""Templates that fail for an alert that has no more than its rule asks for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from bridge.domain.alert import Alert, AlertStatus
from bridge.domain.errors import Problem
from bridge.rules.matchers import Match, Matcher
from bridge.rules.model import Behaviour, Rule
from bridge.rules.reading import PARTS
from bridge.rules.scope import lookups_for, scope_of
from bridge.rules.tables import Table, TableMiss
from bridge.yamlfile import Place

_NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
#: What stands in where a rule only asks that there is something.
_SOMETHING = "1"
_MOST_PROBES = 20


def failing(layers: Sequence[Behaviour], tables: Sequence[Table]) -> Iterator[Problem]:
    """Find templates whose field would be left to its fallback."""
    for layer in layers:
        found: dict[Place, Problem] = {}
        for alert in _probes(layer.match if isinstance(layer, Rule) else Match()):
            for problem in _failing_for(layer, alert, tables):
                found.setdefault(Place(problem.file, problem.line, problem.column), problem)
        yield from found.values()


def _failing_for(layer: Behaviour, alert: Alert, tables: Sequence[Table]) -> Iterator[Problem]:
    scope = scope_of(alert, lookups_for(tables))
    if isinstance(layer, Rule) and layer.when is not None:
        try:
            applies = layer.when.holds(scope)
        except Exception as exc:  # noqa: BLE001  # whatever a template raises is a finding
            yield _problem(layer.when_place or layer.place, layer.name, "when", exc)
            return
        if not applies:
            return  # what it asks for is in the expression, and cannot be made up
    for setting in layer.settings:
        try:
            setting.value.render(scope)
        except Exception as exc:  # noqa: BLE001  # whatever a template raises is a finding
            yield _problem(setting.place, layer.name, ".".join(setting.path), exc)
    if layer.key is not None:
        try:
            layer.key.of(alert, scope)
        except Exception as exc:  # noqa: BLE001  # whatever a template raises is a finding
            yield _problem(layer.key_place or layer.place, layer.name, "key", exc)


def _problem(place: Place, layer: str, field: str, exc: Exception) -> Problem:
    said, _, remedy = str(exc).partition("; ")
    if isinstance(exc, TableMiss):
        remedy = "give the table a miss:"
    who = layer if layer == "defaults" else f"rule {layer}"
    message = f"{who}, {field}: fails for the poorest alert that it is meant for: {said}"
    remedy = remedy or "write | default('...') where something may be missing"
    return place.problem(message, remedy, is_warning=True)


def _probes(match: Match) -> Iterator[Alert]:
    """Make the poorest alerts that a rule takes, one for each of the matchers under `any`."""
    for one in match.any_of[:_MOST_PROBES] or (None,):
        yield _poorest([*match.all_of, *([one] if one is not None else [])])


def _poorest(matchers: Sequence[Matcher]) -> Alert:
    parts: dict[str, dict[str, str]] = {part: {} for part in PARTS}
    parts["labels"]["alertname"] = "Alert"
    whole: dict[str, str] = {}
    for matcher in matchers:
        if matcher.accepts(""):
            continue
        part, _, inner = matcher.name.partition(".")
        value = (matcher.possible_values() or [_SOMETHING])[0]
        if matcher.name in ("source", "alert.name"):
            whole[matcher.name] = value
        elif inner and part in PARTS:
            parts[part][inner] = value
        else:
            parts["labels"][matcher.name] = value
    return Alert(
        source=whole.get("source", "source"),
        fingerprint="1",
        status=AlertStatus.FIRING,
        name=whole.get("alert.name", parts["labels"]["alertname"]),
        labels=parts["labels"],
        annotations=parts["annotations"],
        starts_at=_NOON,
        values=_numbers(parts["values"]),
        group=parts["group"],
        links=parts["links"],
    )


def _numbers(texts: Mapping[str, str]) -> Mapping[str, float]:
    """Read what is a number; nothing else can be among values."""
    return {name: float(text) for name, text in texts.items() if text.isdecimal()}
