"""ServiceNow's choices: the stored value of each, and the label that people see.

Values are those of the base system (KB0564465); close codes are of current and older releases.
"""

from collections.abc import Mapping
from typing import Final

STATES: Final = {
    "1": "New",
    "2": "In Progress",
    "3": "On Hold",
    "6": "Resolved",
    "7": "Closed",
    "8": "Canceled",
}
_LEVELS: Final = {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}
_PRIORITIES: Final = {
    1: "1 - Critical",
    2: "2 - High",
    3: "3 - Moderate",
    4: "4 - Low",
    5: "5 - Planning",
}
CLOSE_CODES: Final = (
    "Duplicate",
    "Known error",
    "No resolution provided",
    "Resolved by caller",
    "Resolved by change",
    "Resolved by problem",
    "Resolved by request",
    "Solution provided",
    "Workaround provided",
    "User error",
    "Solved (Permanently)",
    "Solved (Work Around)",
)
#: Labels by value, of the columns whose choices are numbers.
CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "state": STATES,
    "impact": _LEVELS,
    "urgency": _LEVELS,
}
#: Why an incident is on hold; new in Jakarta.
#: https://docs.servicenow.com/bundle/london-it-service-management/page/product/incident-management/concept/c_IncidentManagementStateModel.html
HOLD_REASONS: Final = {
    "1": "Awaiting Caller",
    "3": "Awaiting Problem",
    "4": "Awaiting Vendor",
    "5": "Awaiting Change",
}
#: The columns of its own that this instance was given.
CUSTOM_LABELS: Final = {
    "u_event_id": "Event ID",
    "u_score": "Score",
    "u_automated": "Filed by a machine",
    "u_hosts": "Hosts",
}
VALUES: Final = {
    column: {label: value for value, label in labels.items()} for column, labels in CHOICES.items()
}
#: What people at the desk may choose from, by the record's field.
VOCABULARY: Final = {
    "status": tuple(STATES.values()),
    "impact": ("", *_LEVELS.values()),
    "urgency": ("", *_LEVELS.values()),
}


def priority(impact: str, urgency: str) -> tuple[str, str]:
    """Calculate a priority from two labels, 3 where one is missing; give value and label."""
    levels = (int(VALUES["impact"].get(label, "3")) for label in (impact, urgency))
    value = sum(levels) - 1
    return str(value), _PRIORITIES[value]
