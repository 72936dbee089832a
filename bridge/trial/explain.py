"""What the rules make of one body, and why; nothing is stored and nothing is sent."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridge.domain.alert import Alert, ParsedBody, RejectedAlert
from bridge.domain.decision import Decision, Dropped, FieldTrace, Filed, RuleTrace, TemplateFault
from bridge.domain.errors import DeskError
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.ports import Backend
from bridge.intake.explain import told_spec
from bridge.rules import Rules

#: The incident of whose token a preview has: none.
PREVIEW = "00000PREVIEW"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One alert: what it would become, and the request that would file it."""

    alert: Alert
    decision: Decision
    request: JsonObject | None = None
    refusal: str = ""  #: why its desk would not even be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One body, alert by alert."""

    rules_version: str
    alerts: Sequence[Explained]
    rejected: Sequence[RejectedAlert]
    left_out: int  #: more alerts than were asked for, or than there was time for


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is explained at once."""

    alerts: int | None = None
    seconds: float | None = None


def explain(
    parsed: ParsedBody,
    rules: Rules,
    desks: Mapping[str, Backend],
    token: str,
    bounds: Bounds = Bounds(),
) -> Explanation:
    """Decide on every alert, within the bounds; `token` is what its ticket would carry."""
    explained: list[Explained] = []
    deadline = time.monotonic() + bounds.seconds if bounds.seconds is not None else None
    for alert in parsed.alerts[: bounds.alerts]:
        explained.append(_explained(alert, rules.explain(alert), desks, token))
        if deadline is not None and time.monotonic() > deadline:
            break
    return Explanation(
        rules_version=rules.version,
        alerts=explained,
        rejected=parsed.rejected,
        left_out=len(parsed.alerts) - len(explained),
    )


def as_json(explanation: Explanation) -> JsonObject:
    """Write an explanation for programs."""
    return {
        "rules_version": explanation.rules_version,
        "alerts": [_alert(explained) for explained in explanation.alerts],
        "rejected": [{"index": r.index, "error": r.error} for r in explanation.rejected],
        "left_out": explanation.left_out,
    }


def _explained(
    alert: Alert, decision: Decision, desks: Mapping[str, Backend], token: str
) -> Explained:
    if isinstance(decision, Dropped):
        return Explained(alert=alert, decision=decision)
    try:
        request = desks[decision.backend].preview(told_spec(decision), token)
    except DeskError as error:
        return Explained(alert=alert, decision=decision, refusal=str(error))
    return Explained(alert=alert, decision=decision, request=request)


def _alert(explained: Explained) -> JsonObject:
    alert, decision = explained.alert, explained.decision
    return {
        "name": alert.name,
        "fingerprint": alert.fingerprint,
        "status": alert.status.value,
        "labels": dict(alert.labels),
        "outcome": "filed" if isinstance(decision, Filed) else "dropped",
        "rule": decision.rule,
        **(_filed(explained, decision) if isinstance(decision, Filed) else _dropped(decision)),
        "rules": [_rule(told) for told in decision.trace.rules],
    }


def _dropped(decision: Dropped) -> JsonObject:
    return {"reason": decision.reason}


def _filed(explained: Explained, decision: Filed) -> JsonObject:
    return {
        "backend": decision.backend,
        "key": decision.key,
        "spec": told_spec(decision).as_json(),
        "policy": decision.policy.as_json(),
        "fields": {name: _field(trace) for name, trace in decision.trace.fields.items()},
        "faults": [_fault(fault) for fault in decision.faults],
        "request": explained.request,
        "refusal": explained.refusal or None,
    }


def _field(trace: FieldTrace) -> JsonObject:
    return {"text": str(trace), **_given(trace), "over": [_given(over) for over in _chain(trace)]}


def _given(trace: FieldTrace) -> JsonObject:
    return {
        "value": trace.value,
        "rule": trace.rule,
        "location": trace.location or None,
        "via": list(trace.via),
    }


def _chain(trace: FieldTrace) -> Iterator[FieldTrace]:
    while trace.over is not None:
        trace = trace.over
        yield trace


def _rule(told: RuleTrace) -> JsonObject:
    failed: JsonValue = told.failed or None
    return {
        "rule": told.rule,
        "location": told.location,
        "applied": told.applied,
        "failed": failed,
    }


def _fault(fault: TemplateFault) -> JsonObject:
    return {
        "rule": fault.rule,
        "field": fault.field,
        "location": fault.location,
        "message": fault.message,
        "fallback": fault.fallback,
    }
