"""What this Jira has: people, priorities, components, statuses, and fields with their values.

Impact and Urgency are those of a service project's incidents; the rest is made up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

PROJECT: Final = "OPS"
PROJECT_ID: Final = "10000"
ISSUE_TYPES: Final = {"10001": "Incident", "10002": "Task"}
PRIORITIES: Final = ("Highest", "High", "Medium", "Low", "Lowest")
COMPONENTS: Final = ("Database", "Network", "Storage")
RESOLUTIONS: Final = ("Done", "Won't Do", "Duplicate", "Cannot Reproduce")
IMPACTS: Final = (
    "Extensive / Widespread", "Significant / Large", "Moderate / Limited", "Minor / Localized",
)  # fmt: skip
URGENCIES: Final = ("Critical", "High", "Medium", "Low")
LONGEST_SUBJECT: Final = 255
LONGEST_TEXT: Final = 32_767
LONGEST_LABEL: Final = 255

#: Status -> the key of its category.
STATUSES: Final = {
    "To Do": "new",
    "Reopened": "new",
    "In Progress": "indeterminate",
    "On Hold": "indeterminate",
    "Escalated": "indeterminate",
    "Done": "done",
    "Resolved": "done",
    "Closed": "done",
    "Canceled": "done",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user, named by an account id in the cloud and by a name elsewhere."""

    name: str
    shown: str
    account_id: str

    @property
    def email(self) -> str:
        """The address of this person."""
        return f"{self.name}@example.com"


PEOPLE: Final = (
    Person(name="bridge", shown="Monitoring", account_id="712020:00000000-0000-4000-8000-00000001"),
    Person(name="noc", shown="NOC Duty", account_id="712020:00000000-0000-4000-8000-00000002"),
    Person(name="ann", shown="Ann Lee", account_id="5b10a2844c20165700ede21a"),
    Person(name="reader", shown="Reader", account_id="5b10a2844c20165700ede21b"),
    Person(name="blind", shown="Blind", account_id="5b10a2844c20165700ede21c"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDef:
    """A custom field."""

    name: str
    type: str
    kind: str
    items: str = ""
    options: Sequence[str] = ()
    is_on_screen: bool = True


CUSTOM: Final[Mapping[str, FieldDef]] = {
    "customfield_10001": FieldDef(name="Team", type="team", kind="atlassian-team"),
    "customfield_10004": FieldDef(name="Impact", type="option", kind="select", options=IMPACTS),
    "customfield_10005": FieldDef(name="Urgency", type="option", kind="select", options=URGENCIES),
    "customfield_10010": FieldDef(name="Event ID", type="string", kind="textfield"),
    "customfield_10011": FieldDef(name="Score", type="number", kind="float"),
    "customfield_10012": FieldDef(name="Hosts", type="array", items="string", kind="labels"),
    "customfield_10013": FieldDef(name="Runbook", type="string", kind="textarea"),
    "customfield_10014": FieldDef(
        name="Regions", type="array", items="option", kind="multiselect", options=("eu", "us", "ap")
    ),
    "customfield_10015": FieldDef(
        name="Automated", type="option", kind="radiobuttons", options=("Yes", "No")
    ),
    "customfield_10016": FieldDef(name="On duty", type="user", kind="userpicker"),
    "customfield_10050": FieldDef(name="CI", type="string", kind="textfield"),
    "customfield_10060": FieldDef(name="Twin", type="string", kind="textfield"),
    "customfield_10061": FieldDef(name="Twin", type="string", kind="textfield"),
    "customfield_10099": FieldDef(
        name="Off screen", type="string", kind="textfield", is_on_screen=False
    ),
}
#: What people at the desk may choose from, by the record's field.
VOCABULARY: Final = {
    "status": tuple(STATUSES),
    "priority": PRIORITIES,
    "impact": ("", *IMPACTS),
    "urgency": ("", *URGENCIES),
}
