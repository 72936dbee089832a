"""The parts of a container that only the vendor's samples and its closing note describe.

https://help.symphonysummitai.com/summit-platform/docs/create-or-update-an-incident: its note calls
the details of partner and diagnosis arrays, its sample has one partner as an object; both will do.
"""

from collections.abc import Mapping
from typing import Final

from bridge.domain.json import JsonValue
from bridge.sandbox.refusal import Refused
from bridge.sandbox.summit.call import Fields

_ACTIVITY: Final = {"Activity", "Result"}
_REASONS: Final = {
    "WorkgroupChangeReason", "UrgencyChangeReason", "ImpactChangeReason", "PriorityChangeReason",
}  # fmt: skip


def read_tabs(said: Fields) -> Mapping[str, JsonValue]:
    """Give those that are there, by name; Refused, naming it, if one is of another shape."""
    read = {
        "PartnerIncidentDetail": _partners,
        "DiagnosticDtls": _activities,
        "OnChangeValidationFields": _reasons,
    }
    return {name: check(name, said[name]) for name, check in read.items() if name in said}


def _partners(name: str, value: object) -> JsonValue:
    return _texts(name, value) if isinstance(value, dict) else _list(name, value)


def _activities(name: str, value: object) -> JsonValue:
    activities = _list(name, value)
    if any(set(activity) != _ACTIVITY for activity in activities):
        raise Refused(f"{name} has an item that is not {{Activity, Result}}")
    return activities


def _reasons(name: str, value: object) -> JsonValue:
    reasons = _texts(name, value)
    unknown = sorted(set(reasons) - _REASONS)
    if unknown:
        raise Refused(f"{name} {', '.join(unknown)} is unknown")
    return reasons


def _list(name: str, value: object) -> list[dict[str, str]]:
    if not isinstance(value, list):
        raise Refused(f"{name} is not an array")
    return [_texts(name, item) for item in value]


def _texts(name: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise Refused(f"{name} is not an object of STRINGs")
    return value
