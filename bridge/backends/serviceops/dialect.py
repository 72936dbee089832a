"""What differs between the two generations of the ServiceOps API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.domain.json import JsonValue
from bridge.domain.spec import CustomField, CustomFieldType

#: The numbers that /api/v1/incident knows value types by; 6 and 9 are not documented.
_TYPE_NUMBERS = {
    CustomFieldType.STRING: 1,
    CustomFieldType.INTEGER: 2,
    CustomFieldType.DOUBLE: 3,
    CustomFieldType.BOOLEAN: 4,
    CustomFieldType.LONG: 5,
    CustomFieldType.INTEGER_LIST: 7,
    CustomFieldType.STRING_LIST: 8,
    CustomFieldType.TEXT: 10,
}
#: The only member for a value that any document names; it holds text.
_TEXT_MEMBER = "stringValue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The words of one generation; a spec's field without a name here has no place at the desk."""

    path: str  #: POST files a ticket here
    update_method: str  #: on the path of the ticket
    names: Mapping[str, str]  #: a spec's attribute -> the key it is written under at any time
    filing_names: Mapping[str, str]  #: the same, for keys that only a new ticket takes
    status: str
    custom_fields: str
    attachments: str
    names_files: bool  #: an attachment goes with its name, not by its reference alone
    has_field_ids: bool  #: custom fields go by id, each value with its type
    repeats_subject: bool  #: every update has to say the subject
    describes_in_html: bool  #: unless the configuration says otherwise
    #: Fields that take these words and no others, the lowest first, by public name.
    enums: Mapping[str, Sequence[str]]
    usual: Mapping[str, Mapping[str, str]]  #: vocabulary

    def ticket_path(self, ticket_id: str) -> str:
        """Give the path of one ticket."""
        return f"{self.path}/{ticket_id}"


def _usual(levels: Sequence[str], reaches: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Give the vocabulary of a dialect by its own words, the lowest first."""
    low, medium, high, urgent = levels
    words = {"critical": urgent, "urgent": urgent, "high": high, "medium": medium, "low": low}
    alone, user, department, business = reaches
    impact = {
        **dict.fromkeys(("critical", "high", "on business", "onbusiness"), business),
        **dict.fromkeys(("medium", "on department", "ondepartment"), department),
        **dict.fromkeys(("on user", "onuser"), user),
        "low": alone,
    }
    return {"priority": words, "urgency": words, "impact": impact}


#: What the older API takes for priority and urgency, and for impact, from the lowest on.
_LEVELS = ("LOW", "MEDIUM", "HIGH", "URGENT")
_REACHES = ("LOW", "ONUSER", "ONDEPARTMENT", "ONBUSINESS")

#: /api/v1/incident: the older API; "POST Create an Incident" of the vendor's integration guide.
INCIDENT = Dialect(
    path="/api/v1/incident",
    update_method="POST",
    names={
        "category": "categoryName",
        "impact": "impact",
        "priority": "priority",
        "urgency": "urgency",
        "location": "locationName",
    },
    filing_names={"requester": "requesterEmail", "cc": "ccEmailSet"},
    status="status",
    custom_fields="customFieldValueDetails",
    attachments="attachmentsRefNames",
    names_files=False,
    has_field_ids=True,
    repeats_subject=False,
    describes_in_html=False,
    enums={"priority": _LEVELS, "urgency": _LEVELS, "impact": _REACHES},
    usual=_usual(levels=_LEVELS, reaches=_REACHES),
)

#: /api/v1/request: current versions; the update page calls `subject` alone compulsory. The words
#: for levels are the instance's own. The vendor's own people send a description as HTML.
REQUEST = Dialect(
    path="/api/v1/request",
    update_method="PATCH",
    names={
        "category": "categoryName",
        "impact": "impactName",
        "priority": "priorityName",
        "urgency": "urgencyName",
        "location": "locationName",
        "engineer": "assigneeEmail",
        "cc": "ccEmailSet",
    },
    filing_names={"requester": "requesterEmail"},
    status="statusName",
    custom_fields="customField",
    attachments="fileAttachments",
    names_files=True,
    has_field_ids=False,
    repeats_subject=True,
    describes_in_html=True,
    enums={},
    usual=_usual(
        levels=("Low", "Medium", "High", "Urgent"),
        reaches=("Low", "On User", "On Department", "On Business"),
    ),
)

DIALECTS: Mapping[str, Dialect] = {"incident": INCIDENT, "request": REQUEST}


def typed_value(field: CustomField, members: Mapping[str, str]) -> Mapping[str, JsonValue]:
    """Write a value as /api/v1/incident wants it: as text, or bare under a configured member."""
    member = members.get(field.type.value, _TEXT_MEMBER)
    value = as_text(field.value) if member == _TEXT_MEMBER else field.value
    return {"type": _TYPE_NUMBERS[field.type], member: value}


def as_text(value: JsonValue) -> str | None:
    """Write a custom field's value as text; null stays null."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return ",".join(as_text(item) or "" for item in value)
        case _:
            return str(value)
