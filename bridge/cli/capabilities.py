"""What a desk can do and cannot, in words for people and in JSON for machines."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import timedelta

from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.span import span_text
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities


def lacks_of(can: Capabilities) -> Sequence[str]:
    """Say what a desk cannot do, each with what happens instead; docs/operations.md tells more."""
    return tuple(_lacks(can))


def capabilities_json(can: Capabilities) -> JsonObject:
    """Give every capability by its name, and under `lacks` what `lacks_of` says."""
    said = {field.name: _plain(getattr(can, field.name)) for field in fields(can)}
    return {**said, "lacks": lacks_of(can)}


def _lacks(can: Capabilities) -> Iterator[str]:
    if not can.find and not can.create_again:
        yield _unsearched(can)
    if not can.read:
        yield "cannot be read back: what people do to a ticket is not seen"
    if not can.update:
        yield "changes no field: a ticket keeps what it was filed with"
    if not can.note:
        yield "takes no notes: what happens later is not told there"
    if not can.reopen:
        yield "never reopens: a fault that comes back gets a new ticket"
    if not can.attach:
        yield "takes no files: attachments are left out"
    without = [stage.value for stage in Stage if stage not in {Stage.OPEN, *can.stages}]
    if without:
        yield f"has no status for {', '.join(without)}: the ticket keeps the one it has"


def _unsearched(can: Capabilities) -> str:
    unknown = "cannot be searched: a create that was never answered is"
    if can.create_when_unknown:
        return f"{unknown} sent again, and may file a second ticket (on_unknown: create)"
    return f"{unknown} left to a person (on_unknown: hold)"


def _plain(value: object) -> JsonValue:
    match value:
        case bool() | None:
            return value
        case timedelta():
            return span_text(value)
        case frozenset():
            return sorted(str(item) for item in value)
        case _:
            message = f"{value!r} is no capability"
            raise TypeError(message)
