"""An explanation as people read it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from enum import Enum

import orjson

from bridge.domain.decision import Decision, Dropped, Filed
from bridge.domain.policy import Budget, Policy
from bridge.domain.span import span_text
from bridge.intake.describe import title_of
from bridge.trial.explain import Explained, Explanation

_USUAL = Policy()


def text_of(explanation: Explanation) -> str:
    """Say of each alert what it would become, who gave each field, and what would be sent."""
    return "".join(f"{line}\n" for line in _lines(explanation))


def _lines(explanation: Explanation) -> Iterator[str]:
    for number, explained in enumerate(explanation.alerts):
        if number:
            yield ""
        yield from _alert(explained)
    for rejected in explanation.rejected:
        yield f"item {rejected.index} is no alert: {rejected.error}"
    if not explanation.alerts and not explanation.rejected:
        yield "the body holds no alert"


def _alert(explained: Explained) -> Iterator[str]:
    alert, decision = explained.alert, explained.decision
    yield f"{title_of(alert)}  {alert.status.value}, of {alert.source}"
    match decision:
        case Dropped():
            yield f"  dropped: {decision.reason}"
        case Filed():
            yield f"  files at {decision.backend} under the key {decision.key}"
            yield from (f"  {line}" for line in _fields(decision))
    yield from (f"  {line}" for line in _rules(decision))
    yield from (f"  {line}" for line in _request(explained))


def _fields(decision: Filed) -> Iterator[str]:
    for name, trace in decision.trace.fields.items():
        yield f"{name}={trace}"
    behaviour = _behaviour(decision.policy)
    if behaviour:
        yield f"behaviour: {behaviour}"
    for fault in decision.faults:
        yield (
            f"failed: {fault.field} of {fault.rule} {fault.location}: {fault.message}; "
            f"taken from {fault.fallback} instead"
        )


def _rules(decision: Decision) -> Iterator[str]:
    for told in decision.trace.rules:
        how = "applied" if told.applied else f"not taken: {told.failed}"
        yield f"{told.rule} {told.location} {how}"
    if isinstance(decision, Filed) and decision.rule is None:
        yield "no rule applied: filed by the defaults"


def _request(explained: Explained) -> Iterator[str]:
    if explained.refusal:
        yield f"nothing would be sent: {explained.refusal}"
    if explained.request is None or not isinstance(explained.decision, Filed):
        return
    said: Mapping[str, object] = dict(explained.request)
    yield f"request to {explained.decision.backend}:"
    written = orjson.dumps(said, option=orjson.OPT_INDENT_2, default=dict).decode()
    yield from (f"  {line}" for line in written.splitlines())


def _behaviour(policy: Policy) -> str:
    """Name what differs from how incidents behave where nothing is said."""
    told = ((f.name, getattr(policy, f.name)) for f in fields(policy))
    return ", ".join(
        f"{name} {_word(value)}" for name, value in told if value != getattr(_USUAL, name)
    )


def _word(value: object) -> str:
    match value:
        case timedelta():
            return span_text(value)
        case Budget():
            return f"{value.tickets} per {span_text(value.per)}"
        case Enum():
            return str(value.value)
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
