"""The configuration item of a ticket; once linked, every update has to repeat it."""

from collections.abc import Mapping
from typing import Final

from bridge.backends.summit.ticket import Details
from bridge.domain.spec import IncidentSpec

#: Keys of the container, and of Ticket.handle.
CI: Final = ("CI_ID", "CI_Key", "CI_Value")
CI_ATTRIBUTES: Final = frozenset({"ci_id", "ci_key", "ci_value"})


def ci_of(spec: IncidentSpec) -> Mapping[str, str]:
    """Give the CI that a spec names; a key without a value, or a value without a key, is none."""
    pair = {"CI_Key": spec.ci_key, "CI_Value": spec.ci_value}
    ci = pair if all(pair.values()) else {}
    return {"CI_ID": spec.ci_id, **ci} if spec.ci_id else ci


def linked_ci(spec: IncidentSpec, now: Details, filed: Mapping[str, str]) -> Mapping[str, str]:
    """Give the CI that is linked: as the bridge filed it, or as a person linked it."""
    known = {key: filed[key] for key in CI if filed.get(key)}
    if known or (now.was_read and not now.linked_ci):
        return known
    by_person = {"CI_ID": now.linked_ci, "CI_Key": "CI ID", "CI_Value": now.linked_ci}
    return ci_of(spec) or (by_person if now.linked_ci else {})
