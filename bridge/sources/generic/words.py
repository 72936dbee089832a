"""What a sender's words for status and severity mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from bridge.domain.alert import Handling
from bridge.domain.json import JsonValue
from bridge.sources.reading import as_text
from bridge.yamlfile import CheckedField

FIRING, RESOLVED, IGNORE = "firing", "resolved", "ignore"
HANDLINGS = tuple(handling.value for handling in Handling)
STATUSES = (FIRING, RESOLVED, IGNORE, *HANDLINGS)

#: Policies for a word nobody listed.
UNKNOWN, REJECT, KEEP = "unknown", "reject", "keep"

#: A sender's word, as `word_of` writes it, to its meaning; under None the policy for all others.
Meanings = Mapping[str | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A sender's vocabulary."""

    meanings: Meanings

    def of(self, value: JsonValue) -> str:
        """Give the meaning of a word, REJECT included; a word that is kept means itself."""
        meaning = self.meanings.get(word_of(value)) or self.meanings[None]
        return as_text(value).strip() if meaning == KEEP else meaning


def word_of(value: JsonValue) -> str:
    """Write a value so that 1, 1.0, "1" and " 1 " are one word, and OK and ok too."""
    if value is None:
        return ""
    text = f"{value:.0f}" if isinstance(value, float) and value.is_integer() else as_text(value)
    return text.strip().casefold()


class WordsField(CheckedField[Meanings]):
    """`{meaning: [words], unknown: policy}`, where only some meanings may be allowed."""

    def __init__(self, meanings: tuple[str, ...] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._allowed = meanings

    def read(self, value: object) -> Meanings:
        """Turn it around: from each word to its meaning."""
        if not isinstance(value, Mapping):
            raise ValidationError("is not a mapping; write `meaning: [words of the sender]`")
        told: dict[str | None, str] = {}
        for meaning, listed in value.items():
            if meaning == UNKNOWN:
                told[None] = self._policy(listed)
                continue
            self._demand_allowed(meaning)
            for word in _words(meaning, listed):
                if told.setdefault(word, meaning) != meaning:
                    raise ValidationError(
                        {meaning: [f"{word!r} stands under {told[word]} too; keep one"]}
                    )
        return told

    def _policy(self, policy: object) -> str:
        allowed = (REJECT, *(self._allowed or (KEEP,)))
        if isinstance(policy, str) and policy and (policy in allowed or not self._allowed):
            return policy
        raise ValidationError({UNKNOWN: [f"{policy!r} is no policy; use {', '.join(allowed)}"]})

    def _demand_allowed(self, meaning: str) -> None:
        if self._allowed and meaning not in self._allowed:
            known = ", ".join((*self._allowed, UNKNOWN))
            raise ValidationError({meaning: [f"unknown meaning; use {known}"]})


def _words(meaning: str, listed: object) -> Iterator[str]:
    for value in listed if isinstance(listed, list) else [listed]:
        match value:
            case bool():
                # YAML reads a bare yes, on or off as true or false; JSON has only true and false.
                yield from ("true", "yes", "on") if value else ("false", "no", "off")
            case str() | int() | float():
                yield word_of(value)
            case _:
                raise ValidationError({meaning: ["is not a word or a list of words; list them"]})
