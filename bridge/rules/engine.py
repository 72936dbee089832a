"""One alert against the rules: the cascade, the fallbacks, and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, TypeVar, cast

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
from bridge.domain.spec import CustomField, IncidentSpec
from bridge.expressions.cut import cut
from bridge.expressions.limits import within
from bridge.rules.builtin import BUILT_IN, carried_links
from bridge.rules.keys import DEFAULT_KEY
from bridge.rules.limits import MAX_FAULT, MAX_SECONDS_IN_ALL
from bridge.rules.memo import OWNERS, Memo, Outcome, Reads, Recent, characters
from bridge.rules.model import Path, Rule, RuleSet, Setting
from bridge.rules.plan import Plan, rule_trace
from bridge.rules.scope import lookups_for, scope_of
from bridge.rules.tables import Asked
from bridge.yamlfile import Place

A = TypeVar("A")
T = TypeVar("T")

_BACKEND: Path = ("backend",)
_MOST_PLANS = 256

_Given = tuple[Any, FieldTrace]  #: a value, and who gave it


@dataclass(frozen=True, slots=True)
class Memory:
    """What deciding alerts taught of one set of rules; it changes what a decision costs only."""

    given: Memo[_Given] = field(default_factory=lambda: Memo(_size))
    holds: Memo[bool] = field(default_factory=lambda: Memo(lambda _: 1))
    plans: Recent[Plan] = field(default_factory=lambda: Recent(_MOST_PLANS))


class Run:
    """One alert's way through the rules.

    `explains`: also say what each value overrode, and why rules were not taken.
    """

    def __init__(self, rules: RuleSet, memory: Memory, alert: Alert, *, explains: bool) -> None:
        self.rules, self.memory, self.alert, self.explains = rules, memory, alert, explains
        self._faults: list[TemplateFault] = []
        self._traces: dict[str, FieldTrace] = {}
        self._asked = Asked()
        self._scope = scope_of(alert, lookups_for(rules.tables, self._asked))
        #: What a template sees of the alert is also what its outcome is remembered by.
        self._read = {owner: cast("Mapping[str, str]", self._scope[owner]).get for owner in OWNERS}

    def decide(self, candidates: Sequence[Rule]) -> Decision:
        """Turn the alert into an incident, or a reasoned drop, in bounded time."""
        with within(MAX_SECONDS_IN_ALL, "all that the rules say of one alert"):
            return self._decided(candidates)

    def _decided(self, candidates: Sequence[Rule]) -> Decision:
        applied, asked = self._cascade(candidates)
        last = applied[-1] if applied else None
        plan = self._plan(applied)
        told = tuple(asked) if self.explains else plan.told
        if last is not None and last.drop is not None:
            return Dropped(reason=last.drop, rule=last.name, trace=self._trace(told))
        if last is None and self.rules.drops_unmatched:
            return Dropped(reason="no rule matched", rule=None, trace=self._trace(told))
        said = self._said(plan.chains)
        backend = str(said.pop("backend", self.rules.default_backend))
        return Filed(
            key=self._key(plan),
            backend=backend,
            spec=self._spec(said),
            policy=plan.policy,
            rule=last.name if last is not None else None,
            faults=tuple(self._faults),
            trace=self._trace(told),
        )

    def _plan(self, applied: Sequence[Rule]) -> Plan:
        key = tuple([rule.name for rule in applied])
        plan = self.memory.plans.get(key)
        if plan is None:
            plan = Plan.of(self.rules.defaults, applied)
            self.memory.plans.keep(key, plan)
        return plan

    def _trace(self, told: tuple[RuleTrace, ...]) -> Trace:
        return Trace(fields=self._traces, rules=told, misses=self._misses())

    def _misses(self) -> tuple[Miss, ...]:
        if not self._asked.misses:
            return ()
        by_table = sorted(dict.fromkeys(self._asked.misses), key=itemgetter(0))
        tables = self.rules.tables
        return tuple(Miss(table=tables[number].name, key=key) for number, key in by_table)

    def _cascade(self, candidates: Sequence[Rule]) -> tuple[list[Rule], list[RuleTrace]]:
        """Give the rules that apply, and, where that is explained, what became of each rule."""
        applied: list[Rule] = []
        told: list[RuleTrace] = []
        for rule in candidates:
            failed = self._failure(rule)
            if self.explains:
                told.append(rule_trace(rule, failed or ""))
            if failed is not None:
                continue
            applied.append(rule)
            if rule.is_final or rule.drop is not None:
                break
        return applied, told

    def _failure(self, rule: Rule) -> str | None:
        """Say what keeps the rule from applying."""
        failed = rule.match.failure(self.alert)
        if failed is not None or rule.when is None:
            return failed
        try:
            holds = self._recalled(self.memory.holds, self._holds, rule, rule.when_reads)
        except Exception as exc:  # noqa: BLE001  # whatever a rule does, the alert is filed
            self._fault(rule.name, "when", rule.place, exc, "the rules without this one")
            return f"when: {rule.when.text} (failed: {self._faults[-1].message})"
        return None if holds else f"when: {rule.when.text}"

    def _holds(self, rule: Rule) -> bool:
        return rule.when is None or rule.when.holds(self._scope)

    def _recalled(self, memo: Memo[T], ask: Callable[[A], T], about: A, reads: Reads | None) -> T:
        """Ask, unless the same was asked before; what tables missed then is missed again."""
        if reads is None:
            return ask(about)
        read = self._read
        question = (id(about), *[read[owner](member) for owner, member in reads])
        outcome = memo.recall(question)
        misses = self._asked.misses
        if outcome is None:
            before = len(misses)
            outcome = Outcome(ask(about), tuple(misses[before:]))
            memo.keep(question, outcome)
        elif outcome.misses:
            misses += outcome.misses
        return outcome.value

    def _said(self, chains: Sequence[Sequence[Setting]]) -> dict[str, Any]:
        """Give the values of the attributes of a spec, and `backend`, as far as rules say them."""
        said: dict[str, Any] = {}
        for chain in chains:
            number = len(chain)
            while number:
                number -= 1
                setting = chain[number]
                try:
                    value, trace = self._given(setting)
                except Exception as exc:  # noqa: BLE001  # whatever a rule does, the alert is filed
                    self._fault_of(setting, exc, chain[:number])
                    continue
                over = self._overridden(chain[:number]) if self.explains else None
                self._traces[setting.name] = replace(trace, over=over) if over else trace
                _put(said, setting.target, value)
                break
        return said

    def _given(self, setting: Setting) -> _Given:
        return self._recalled(self.memory.given, self._rendered, setting, setting.reads)

    def _rendered(self, setting: Setting) -> _Given:
        rows = self._asked.rows
        rows.clear()
        value = setting.value.render(self._scope)
        if setting.path == _BACKEND:
            self._require_backend(str(value))
        via = tuple(row for _, row in sorted(rows, key=itemgetter(0))) if rows else ()
        trace = FieldTrace(
            value=_plain(value), rule=setting.rule, location=setting.location, via=via
        )
        return value, trace

    def _overridden(self, chain: Sequence[Setting]) -> FieldTrace | None:
        """Give what would have been said without the last setting; what fails is left out."""
        over: FieldTrace | None = None
        for setting in chain:
            try:
                over = replace(self._given(setting)[1], over=over)
            except Exception:  # noqa: BLE001, S112  # it did not matter, and does not
                continue
        return over

    def _require_backend(self, name: str) -> None:
        known = self.rules.backends
        if not name or (known is not None and name not in known):
            message = f"no backend is named {name!r}"
            raise ValueError(message)

    def _spec(self, said: dict[str, Any]) -> IncidentSpec:
        for name, built_in in BUILT_IN.items():
            if not said.get(name):
                said[name] = built_in(self.alert)
                trace = FieldTrace(value=said[name], rule="built-in", location="")
                self._traces[name] = replace(trace, over=self._traces.get(name))
        self._carry_links(said)
        files = said.get("attachments", {})
        said["attachments"] = {name: text for name, text in files.items() if text.strip()}
        return IncidentSpec(**said)

    def _carry_links(self, said: dict[str, Any]) -> None:
        carried = carried_links(self.alert)
        if not carried:
            return
        said["links"] = {**carried, **said.get("links", {})}
        for name, url in carried.items():
            trace = FieldTrace(value=url, rule="built-in", location="")
            self._traces.setdefault(f"links.{name}", trace)

    def _key(self, plan: Plan) -> str:
        layer = plan.key
        if layer is not None and layer.key is not None:
            try:
                return layer.key.of(self.alert, self._scope)
            except Exception as exc:  # noqa: BLE001  # whatever a rule does, the alert is filed
                self._fault(layer.name, "key", layer.key_place, exc, "the labels")
        return DEFAULT_KEY.of(self.alert, self._scope)

    def _fault_of(self, setting: Setting, exc: Exception, rest: Sequence[Setting]) -> None:
        name = setting.name
        if rest:
            fallback = f"{rest[-1].rule} ({rest[-1].location})"
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


def _size(given: _Given) -> float:
    value, trace = given
    return characters(value) + sum(map(len, trace.via))


def _put(said: dict[str, Any], path: Path, value: Any) -> None:
    for step in path[:-1]:
        if not isinstance(said.get(step), dict):
            said[step] = {}
        said = said[step]
    said[path[-1]] = value


def _plain(value: Any) -> JsonValue:
    match value:
        case CustomField():
            return value.value
        case tuple():
            return list(value)
        case _:
            plain: JsonValue = value
            return plain
