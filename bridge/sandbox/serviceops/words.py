"""ServiceOps' own words: names, enums and ids of one and the same value.

Enums are those of the vendor's "Create an Incident", names those of docs.motadata.com; ids belong
to an instance and are those of public demo repositories.
"""

from typing import Final

OPEN: Final = "Open"
STATUS_IDS: Final = {OPEN: 9, "In Progress": 10, "Pending": 11, "Resolved": 12, "Closed": 13}
PRIORITY_IDS: Final = {"Low": 1, "Medium": 2, "High": 3, "Urgent": 4}
_IMPACTS: Final = ("Low", "On User", "On Department", "On Business")
LOCATIONS: Final = ("Head Office",)
#: The names that gen-2 takes, by the record's field.
NAMES: Final = {
    "status": tuple(STATUS_IDS),
    "priority": tuple(PRIORITY_IDS),
    "urgency": tuple(PRIORITY_IDS),
    "impact": _IMPACTS,
}
#: What people at the desk may choose from.
VOCABULARY: Final = {"location": ("", *LOCATIONS)} | {
    field: names if field == "status" else ("", *names) for field, names in NAMES.items()
}


def enum_of(name: str) -> str:
    """Write a name as gen-1's enums do: On User becomes ONUSER."""
    return name.replace(" ", "").upper()
