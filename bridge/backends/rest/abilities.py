"""What a description, and a section that uses it, make a desk able to do and to see."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bridge.backends.rest.records import Description, Requests
from bridge.backends.rest.scope import Scopes
from bridge.backends.transitions import stages_of
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.json import JsonValue
from bridge.domain.ticket import Capabilities
from bridge.telemetry.logging import MASK


def vocabulary_of(section: Mapping[str, Any]) -> Vocabulary:
    """Give the words of a loaded section."""
    return Vocabulary(said=section["values"], usual=section["described"].words)


def capabilities_of(section: Mapping[str, Any], requests: Requests) -> Capabilities:
    """Say what the description describes."""
    transitions = section["transitions"]
    can_read = requests.read is not None
    return Capabilities(
        find=requests.find is not None,
        read=can_read,
        reopen=bool(requests.reopen),
        close_after=transitions["close_after"] if requests.close else None,
        create_when_unknown=section["on_unknown"] == "create",
        look_every=(section["look_every"] or None) if can_read else None,
        update=bool(requests.update),
        note=bool(requests.note),
        attach=bool(requests.attach),
        create_again=bool(requests.create[0].idempotent),
        stages=stages_of(transitions) if requests.move else frozenset(),
        cancel_within=transitions["cancel_within"],
    )


def scopes_of(
    name: str, section: Mapping[str, Any], instance: str, clock: Callable[[], datetime]
) -> Scopes:
    """Give what templates see."""
    description: Description = section["described"]
    return Scopes(
        backend=name,
        instance=instance,
        settings=section["settings"],
        key=section["auth"].get("key", ""),
        vocabulary=vocabulary_of(section),
        texts=description.texts,
        mapped=description.names,
        clock=clock,
    )


def masked_settings(section: Mapping[str, Any]) -> Mapping[str, JsonValue]:
    """Give the settings with what is secret masked."""
    settings = section["described"].settings
    return {
        name: MASK if settings[name].secret and value else value
        for name, value in section["settings"].items()
    }
