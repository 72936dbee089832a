"""Explanations for the API: by the rules in force or by rules that are sent along, and bounded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.domain.json import JsonObject
from bridge.domain.ports import Backend, Clock, Source
from bridge.rules import Rules
from bridge.trial.explain import Bounds, as_json, explain
from bridge.trial.given_rules import Load, with_rules
from bridge.trial.step_source import CONTENT_TYPE

#: What is explained in one call, so that other requests go on.
AT_ONCE = Bounds(alerts=50, seconds=5.0)


class UnknownSource(LookupError):
    """No source of this name is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Explains bodies; whatever is asked, nothing is stored and nothing is sent."""

    sources: Mapping[str, Source]
    rules: Callable[[], Rules]
    load: Load  #: how rules that are sent along are read
    desks: Mapping[str, Backend]
    token: str
    now: Clock

    def __call__(self, source: str, body: bytes, texts: Mapping[str, str] | None) -> JsonObject:
        """Explain a body; raise UnknownSource, MalformedBody or ConfigurationError."""
        if source not in self.sources:
            raise UnknownSource(source)
        parsed = self.sources[source].parse(body, CONTENT_TYPE, self.now())

        def explained(rules: Rules) -> JsonObject:
            return as_json(explain(parsed, rules, self.desks, self.token, AT_ONCE))

        if texts is None:
            return explained(self.rules())
        return with_rules(texts, self.load, explained)
