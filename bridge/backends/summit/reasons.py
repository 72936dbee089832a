"""OnChangeValidationFields: why an update changes what some desks want a reason for."""

from collections.abc import Collection, Mapping
from typing import Final

from bridge.backends.sendable import one_line
from bridge.domain.json import JsonValue

#: By the attribute of the spec.
_REASONS: Final = {
    "workgroup": "WorkgroupChangeReason",
    "urgency": "UrgencyChangeReason",
    "impact": "ImpactChangeReason",
    "priority": "PriorityChangeReason",
}
_LONGEST: Final = 250


def reasons_for(
    names: Collection[str], note: str, usual: str
) -> Mapping[str, Mapping[str, JsonValue]]:
    """Give the section for the changed attributes: the note, or what is usually said.

    Nothing at a desk that `usual` (may be empty) is not said to: only the samples of the vendor
    have the section, and no table demands it. They leave empty what does not change.
    """
    if not usual or not _REASONS.keys() & set(names):
        return {}
    why = one_line(note, _LONGEST) or usual
    said = {key: why if name in names else "" for name, key in _REASONS.items()}
    return {"OnChangeValidationFields": said}
