"""One alert against the rules: the cascade, the fallbacks, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridge.domain.alert import Alert
from bridge.domain.decision import (
    Decision,
    Dropped,
    FieldTrace,
    Filed,
    Miss,
    RuleTrace,
    TemplateFault,
    Trace,
)
from bridge.domain.json import JsonValue
from bridge.domain.policy import Policy
from bridge.domain.spec import ATTRIBUTES, CustomField, IncidentSpec
from bridge.rules.builtin import BUILT_IN, carried_links
from bridge.rules.cut import cut
from bridge.rules.keys import DEFAULT_KEY
from bridge.rules.limits import MAX_FAULT, MAX_SECONDS_IN_ALL, within
from bridge.rules.model import Behaviour, Path, Rule, RuleSet, Setting
from bridge.rules.scope import lookups_for, scope_of
from bridge.yamlfile import Place

_POLICY = Policy()
_BACKEND: Path = ("backend",)


class Run:
    """One alert's way through the rules.

    `explains`: also say what each value overrode, and why rules were not taken.
    """

    def __init__(self, rules: RuleSet, alert: Alert, *, explains: bool) -> None:
        self.rules, self.alert, self.explains = rules, alert, explains
        self._faults: list[TemplateFault] = []
        self._traces: dict[str, FieldTrace] = {}
        self._lookups = lookups_for(rules.tables)
        self._scope = scope_of(alert, self._lookups)

    def decide(self, candidates: Sequence[Rule]) -> Decision:
        """Turn the alert into an incident, or a reasoned drop, in bounded time."""
        with within(MAX_SECONDS_IN_ALL, "all that the rules say of one alert"):
            return self._decided(candidates)

    def _decided(self, candidates: Sequence[Rule]) -> Decision:
        applied, told = self._cascade(candidates)
        last = applied[-1] if applied else None
        if last is not None and last.drop is not None:
            return Dropped(reason=last.drop, rule=last.name, trace=self._trace(told))
        if last is None and self.rules.drops_unmatched:
            return Dropped(reason="no rule matched", rule=None, trace=self._trace(told))
        layers: list[Behaviour] = [*self.rules.defaults, *applied]
        values = self._values(_chains(layers))
        backend = str(values.pop(_BACKEND, self.rules.default_backend))
        return Filed(
            key=self._key(layers),
            backend=backend,
            spec=self._spec(values),
            policy=_policy(layers),
            rule=last.name if last is not None else None,
            faults=tuple(self._faults),
            trace=self._trace(told),
        )

    def _trace(self, told: tuple[RuleTrace, ...]) -> Trace:
        misses = (
            Miss(table=name, key=key)
            for name, lookup in self._lookups.items()
            for key in dict.fromkeys(lookup.misses)
        )
        return Trace(fields=self._traces, rules=told, misses=tuple(misses))

    def _cascade(self, candidates: Sequence[Rule]) -> tuple[list[Rule], tuple[RuleTrace, ...]]:
        applied: list[Rule] = []
        told: list[RuleTrace] = []
        for rule in candidates:
            failed = self._failure(rule)
            if failed is None:
                applied.append(rule)
            if failed is None or self.explains:
                told.append(_rule_trace(rule, failed))
            if failed is None and (rule.is_final or rule.drop is not None):
                break
        return applied, tuple(told)

    def _failure(self, rule: Rule) -> str | None:
        """Say what keeps the rule from applying."""
        failed = rule.match.failure(self.alert)
        if failed is not None or rule.when is None:
            return failed
        try:
            return None if rule.when.holds(self._scope) else f"when: {rule.when.text}"
        except Exception as exc:  # noqa: BLE001  # whatever a rule does, the alert is filed
            self._fault(rule.name, "when", rule.place, exc, "the rules without this one")
            return f"when: {rule.when.text} (failed: {self._faults[-1].message})"

    def _values(self, chains: Mapping[Path, Sequence[Setting]]) -> dict[Path, Any]:
        values: dict[Path, Any] = {}
        for path, chain in chains.items():
            for number in range(len(chain) - 1, -1, -1):
                setting = chain[number]
                try:
                    values[path], trace = self._rendered(setting)
                except Exception as exc:  # noqa: BLE001  # whatever a rule does, the alert is filed
                    self._fault_of(setting, exc, chain[:number])
                    continue
                over = self._overridden(chain[:number]) if self.explains else None
                self._traces[".".join(path)] = replace(trace, over=over) if over else trace
                break
        return values

    def _rendered(self, setting: Setting) -> tuple[Any, FieldTrace]:
        for lookup in self._lookups.values():
            lookup.rows.clear()
        value = setting.value.render(self._scope)
        if setting.path == _BACKEND:
            self._require_backend(str(value))
        via = tuple(row for lookup in self._lookups.values() for row in lookup.rows)
        trace = FieldTrace(
            value=_plain(value), rule=setting.rule, location=str(setting.place), via=via
        )
        return value, trace

    def _overridden(self, chain: Sequence[Setting]) -> FieldTrace | None:
        """Give what would have been said without the last setting; what fails is left out."""
        over: FieldTrace | None = None
        for setting in chain:
            try:
                over = replace(self._rendered(setting)[1], over=over)
            except Exception:  # noqa: BLE001, S112  # it did not matter, and does not
                continue
        return over

    def _require_backend(self, name: str) -> None:
        known = self.rules.backends
        if not name or (known is not None and name not in known):
            message = f"no backend is named {name!r}"
            raise ValueError(message)

    def _spec(self, values: Mapping[Path, Any]) -> IncidentSpec:
        said: dict[str, Any] = {}
        for path, value in values.items():
            _put(said, path, value)
        for name, built_in in BUILT_IN.items():
            if not said.get(name):
                said[name] = built_in(self.alert)
                trace = FieldTrace(value=said[name], rule="built-in", location="")
                self._traces[name] = replace(trace, over=self._traces.get(name))
        self._carry_links(said)
        files = said.get("attachments", {})
        said["attachments"] = {name: text for name, text in files.items() if text.strip()}
        return IncidentSpec(**{ATTRIBUTES[name]: value for name, value in said.items()})

    def _carry_links(self, said: dict[str, Any]) -> None:
        carried = carried_links(self.alert)
        said["links"] = {**carried, **said.get("links", {})}
        for name, url in carried.items():
            trace = FieldTrace(value=url, rule="built-in", location="")
            self._traces.setdefault(f"links.{name}", trace)

    def _key(self, layers: Sequence[Behaviour]) -> str:
        for layer in reversed(layers):
            if layer.key is None:
                continue
            try:
                return layer.key.of(self.alert, self._scope)
            except Exception as exc:  # noqa: BLE001  # whatever a rule does, the alert is filed
                self._fault(layer.name, "key", layer.key_place, exc, "the labels")
                break
        return DEFAULT_KEY.of(self.alert, self._scope)

    def _fault_of(self, setting: Setting, exc: Exception, rest: Sequence[Setting]) -> None:
        name = ".".join(setting.path)
        if rest:
            fallback = f"{rest[-1].rule} ({rest[-1].place})"
        elif setting.path == _BACKEND:
            fallback = "the default backend"
        else:
            fallback = "the built-in default" if name in BUILT_IN else "nothing"
        self._fault(setting.rule, name, setting.place, exc, fallback)

    def _fault(
        self, rule: str, name: str, place: Place | None, exc: Exception, fallback: str
    ) -> None:
        self._faults.append(
            TemplateFault(
                rule=rule,
                field=name,
                location=str(place),
                message=cut(str(exc) or type(exc).__name__, MAX_FAULT),
                fallback=fallback,
            )
        )


def _chains(layers: Sequence[Behaviour]) -> Mapping[Path, Sequence[Setting]]:
    """Give for each field all that set it, in the order of the cascade."""
    chains: dict[Path, list[Setting]] = {}
    for layer in layers:
        for setting in layer.settings:
            if setting.path[0] == "raw":
                _make_room(chains, setting.path)
            chains.setdefault(setting.path, []).append(setting)
    return chains


def _make_room(chains: dict[Path, list[Setting]], path: Path) -> None:
    """Let a mapping replace an earlier value in its place, and a value an earlier mapping."""
    others = [other for other in chains if other != path and other[0] == "raw"]
    for other in others:
        if other[: len(path)] == path or path[: len(other)] == other:
            del chains[other]


def _policy(layers: Sequence[Behaviour]) -> Policy:
    said = {name: value for layer in layers for name, value in layer.policies.items()}
    return replace(_POLICY, **said) if said else _POLICY


def _put(said: dict[str, Any], path: Path, value: Any) -> None:
    *outer, last = path
    for step in outer:
        if not isinstance(said.get(step), dict):
            said[step] = {}
        said = said[step]
    said[last] = value


def _rule_trace(rule: Rule, failed: str | None) -> RuleTrace:
    return RuleTrace(
        rule=rule.name, location=str(rule.place), applied=failed is None, failed=failed or ""
    )


def _plain(value: Any) -> JsonValue:
    match value:
        case CustomField():
            return value.value
        case tuple():
            return list(value)
        case _:
            plain: JsonValue = value
            return plain
