"""What Summit refuses in a complete container, and what the rest changes in a ticket."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from bridge.domain.json import JsonValue
from bridge.sandbox.refusal import Refused, is_address
from bridge.sandbox.summit.container import NEEDED, Container
from bridge.sandbox.ticket import SandboxTicket

_LEVELS: Final = ("High", "Medium", "Low")
PRIORITIES: Final = ("P1", "P2", "P3", "P4")
_CHOICES: Final = {
    "Priority_Name": PRIORITIES,
    "Urgency_Name": _LEVELS,
    "Impact_Name": _LEVELS,
}
#: Host Name, Serial Number, IP Address or CI ID, which the sample writes as hostname.
_CI_KEYS: Final = ("hostname", "serialnumber", "ipaddress", "ciid")
LONGEST_SUBJECT: Final = 500
_PATHS: Final = ("Category_Name", "OpenCategory_Name", "Classification_Name")
#: The nodes of this desk's catalogue that have a slash in their own name.
SLASHED: Final = ("TCP/IP",)
#: What the record has no field for; people see it under the vendor's names.
_MORE: Final = (
    "Classification_Name", "SLA_Name", "OpenCategory_Name", "Medium", "Source", "ScheduledDate",
    "Assigned_Engineer_Email_Secondary", "Closure_Code_Name", "ResolutionCodeName",
)  # fmt: skip
_BEFORE_RESOLVED: Final = ("In-Progress", "Pending", "Resolved")
_ADDRESSES: Final = (
    "Caller_EmailID", "Assigned_Engineer_Email", "Assigned_Engineer_Email_Secondary",
)  # fmt: skip
#: What people at the desk may choose from.
VOCABULARY: Final = {
    "status": (*NEEDED, "Reopened"),
    "priority": ("", *PRIORITIES),
    "impact": ("", *_LEVELS),
    "urgency": ("", *_LEVELS),
}


def check(said: Container) -> None:
    """Refuse what is wrong whichever ticket it is about: words, addresses, lengths, CI."""
    for name, known in _CHOICES.items():
        if said.ticket[name] not in ("", *known):
            raise Refused(f"{name} {said.ticket[name]} is unknown; there are {', '.join(known)}")
    _check_addresses(said.ticket)
    _check_paths(said.ticket)
    if not _is_day(said.ticket["ScheduledDate"]):
        raise Refused("ScheduledDate is not a day written yyyy-MM-dd")
    if len(_subject(said)) > LONGEST_SUBJECT:
        field = "Description" if said.updater == "Executive" else "Information"
        raise Refused(f"{field} (Symptom) is longer than {LONGEST_SUBJECT} characters")
    if said.ci_key and said.ci_key.replace(" ", "").lower() not in _CI_KEYS:
        raise Refused("CI_Key is not Host Name, Serial Number, IP Address or CI ID")
    if said.ci_key and not said.ci_value:
        raise Refused("CI_Value is mandatory if CI_Key has a value")


def check_against(said: Container, ticket: SandboxTicket) -> None:
    """Refuse what this ticket does not allow; a step backwards it does allow, but not to New."""
    if said.status == "New" and ticket.status != "New":
        raise Refused(f"Ticket_No is not allowed with the Status New; it is {ticket.status}")
    if said.status == "Resolved" and ticket.status not in _BEFORE_RESOLVED:
        raise Refused(
            "Status Resolved is reached from In-Progress or Pending only; "
            f"the ticket is {ticket.status}"
        )
    if ticket.ci_key == "CI_ID" and not said.ci_id:
        raise Refused("CI_ID is mandatory: a CI is already linked to the ticket")
    if ticket.ci_key not in {"", "CI_ID"} and not said.ci_key:
        raise Refused("CI_Key is mandatory: a CI is already linked to the ticket")


def fields_of(said: Container, before: SandboxTicket | None = None) -> Mapping[str, object]:
    """Give the record's fields that a container sets; an empty optional field sets nothing."""
    ticket, information = said.ticket, said.information
    optional = {
        "priority": ticket["Priority_Name"],
        "impact": ticket["Impact_Name"],
        "urgency": ticket["Urgency_Name"],
        "category": ticket["Category_Name"],
        "assignee": ticket["Assigned_Engineer_Email"],
        "workgroup": ticket["Assigned_WorkGroup_Name"],
        "location": ticket["CallerLocationName"],
        "cc": _addresses(ticket["Mail_CC_EmailID"]),
        "solution": information["Solution"],
        "reason": said.cancel_remarks or ticket["PendingReason"],
        "ci_key": "CI_ID" if said.ci_id else said.ci_key,
        "ci_value": said.ci_id or said.ci_value,
    }
    return {
        **{name: value for name, value in optional.items() if value},
        "status": said.status,
        "subject": _subject(said),
        "description": _description(said),
        "requester": ticket["Caller_EmailID"],
        "more": {**(before.more if before else {}), **_more(said)},
        **_notes(said, before),
        **_custom(said, before),
    }


def _more(said: Container) -> Mapping[str, JsonValue]:
    texts = {name: said.ticket[name] for name in _MORE if said.ticket[name]}
    return {**texts, **said.tabs}


def _notes(said: Container, before: SandboxTicket | None) -> Mapping[str, object]:
    internal, public = said.information["InternalLog"], said.information["UserLog"]
    notes, replies = (before.notes, before.replies) if before else ((), ())
    added = tuple(note for note in (internal, public) if note)
    return {"notes": (*notes, *added), "replies": (*replies, public) if public else replies}


def _custom(said: Container, before: SandboxTicket | None) -> Mapping[str, object]:
    values, groups = (before.custom_fields, before.custom_groups) if before else ({}, {})
    return {
        "custom_fields": {**values, **{field.name: field.value for field in said.custom_fields}},
        "custom_groups": {**groups, **{field.name: field.group for field in said.custom_fields}},
    }


def _subject(said: Container) -> str:
    """Give the symptom: an analyst's Description, a caller's Information."""
    return _pick(said, executive=said.ticket["Description"], caller=said.information["Information"])


def _description(said: Container) -> str:
    return _pick(said, executive=said.information["Information"], caller=said.ticket["Description"])


def _pick(said: Container, *, executive: str, caller: str) -> str:
    return executive if said.updater == "Executive" else caller


def _check_addresses(ticket: Mapping[str, str]) -> None:
    for name in _ADDRESSES:
        if ticket[name] and not is_address(ticket[name]):
            raise Refused(f"{name} is not an e-mail address")
    if not all(is_address(address) for address in _addresses(ticket["Mail_CC_EmailID"])):
        raise Refused("Mail_CC_EmailID is not e-mail addresses separated by semicolons")


def _check_paths(ticket: Mapping[str, str]) -> None:
    """Refuse a full path without "spaces between nodes", as the vendor's closing note has it."""
    for name in _PATHS:
        nodes = ticket[name].split(" / ")
        if any("/" in node and node not in SLASHED for node in nodes):
            raise Refused(f"{name} {ticket[name]} is unknown; write spaces around its slashes")


def _is_day(text: str) -> bool:
    try:
        return not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";")) if text else ()
