"""`transitions:`, what moves a ticket beside the change of its fields."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from bridge.domain.stage import Stage
from bridge.yamlfile import Section, Span


class TransitionsSection(Section):
    """What all desks have in common, in the desk's own statuses; a stage without one moves none."""

    open: fields.Field[str] = fields.String(load_default="")
    escalated: fields.Field[str] = fields.String(load_default="")
    acknowledged: fields.Field[str] = fields.String(load_default="")
    muted: fields.Field[str] = fields.String(load_default="")
    cancel_within = Span(load_default=None)
    close_after = Span(load_default=None)


def stages_of(transitions: Mapping[str, Any]) -> frozenset[Stage]:
    """Give the stages that have a status; with any, a ticket can also come back to open."""
    named = {stage for stage in Stage if stage is not Stage.OPEN and transitions[stage.value]}
    return frozenset({Stage.OPEN, *named}) if named else frozenset()
