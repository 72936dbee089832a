"""ServiceNow calculates a priority from impact and urgency; it is reached through these two.

The usual matrix, 1 for the highest: priority is impact + urgency - 1.
"""

from bridge.domain.spec import IncidentSpec

_LEVELS = ("1", "2", "3")


def impact_and_urgency(spec: IncidentSpec) -> tuple[str, str]:
    """Give both values, the one that is missing so that the priority comes out as wished."""
    impact, urgency = spec.impact, spec.urgency
    if spec.priority not in ("1", "2", "3", "4", "5"):
        return impact, urgency
    wished = int(spec.priority)
    if not impact:
        impact = _other(wished, urgency) if urgency in _LEVELS else str((wished + 1) // 2)
    if not urgency and impact in _LEVELS:
        urgency = _other(wished, impact)
    return impact, urgency


def _other(wished: int, one: str) -> str:
    return str(min(max(wished + 1 - int(one), 1), 3))
