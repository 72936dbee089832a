"""What the timeline and the ticket's notes say about a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge.domain.decision import Filed, TemplateFault
from bridge.domain.json import JsonValue
from bridge.domain.spec import IncidentSpec


def why(decision: Filed) -> Mapping[str, JsonValue]:
    """Say which rule gave each field, in the words of explain, and what rules and tables lack."""
    lacking = {
        "faults": [fault.message for fault in decision.faults],
        "misses": [str(miss) for miss in decision.trace.misses],
    }
    return {
        "rule": decision.rule,
        "why": {name: str(trace) for name, trace in decision.trace.fields.items()},
        **{name: said for name, said in lacking.items() if said},
    }


def told_spec(decision: Filed) -> IncidentSpec:
    """Give what the ticket should say, the templates that failed among it."""
    if not decision.faults:
        return decision.spec
    note = "\n\n".join(filter(None, (decision.spec.note, _faults_note(decision.faults))))
    return replace(decision.spec, note=note)


def _faults_note(faults: Sequence[TemplateFault]) -> str:
    """Tell the resolver group that a rule could not say what it meant to."""
    told = (
        f"- {fault.field}: rule {fault.rule} ({fault.location}) failed: {fault.message}; "
        f"taken from {fault.fallback} instead"
        for fault in faults
    )
    return "\n".join(("Some mapping rules failed for this alert:", *told))


def spec_change(told: IncidentSpec, spec: IncidentSpec) -> Mapping[str, JsonValue]:
    """Say which fields differ now, and how."""
    before, after = told.as_json(), spec.as_json()
    return {
        name: {"from": before.get(name), "to": after.get(name)}
        for name in spec.changed_fields(told)
    }
