"""The incident container of IM_LogOrUpdateIncident, in both forms, and what it must hold.

The tables are those of
https://help.symphonysummitai.com/summit-platform/docs/create-or-update-an-incident. In-Progress
has none of its own there (its place holds a copy of Pending's): it is read as an update with an
engineer, which is what working clients send.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from bridge.domain.json import JsonValue
from bridge.sandbox.refusal import Refused
from bridge.sandbox.summit.call import REMOTE_CALL, Fields, optional_text, section, text
from bridge.sandbox.summit.tabs import read_tabs

_ENGINEER: Final = "Assigned_Engineer_Email"
_WORKGROUP: Final = "Assigned_WorkGroup_Name"
#: Mandatory in Ticket, by status, beside what every status needs.
NEEDED: Final[Mapping[str, Sequence[str]]] = {
    "New": (),
    "Assigned": ("Ticket_No",),
    "In-Progress": ("Ticket_No", _ENGINEER),
    "Pending": ("Ticket_No", "PendingReason", _ENGINEER),
    "Resolved": ("Ticket_No", _ENGINEER, "Closure_Code_Name", "ResolutionCodeName"),
    "Closed": ("Ticket_No", _ENGINEER, "Closure_Code_Name"),
    "Cancelled": ("Ticket_No",),
}
_ALWAYS: Final = ("Sup_Function", "Caller_EmailID", "Medium", "Source", "Description", "PageName")
_OPTIONAL: Final = (
    "Ticket_No", "Priority_Name", "Classification_Name", "SLA_Name", "Urgency_Name", "Impact_Name",
    "Category_Name", "OpenCategory_Name", "Mail_CC_EmailID", _ENGINEER, _WORKGROUP,
    "PendingReason", "Closure_Code_Name", "ResolutionCodeName", "CancelRemarks",
    "ScheduledDate", "CallerLocationName", "Assigned_Engineer_Email_Secondary",
)  # fmt: skip
_LOGS: Final = ("InternalLog", "UserLog", "Solution", "CancelRemarks")
PAGE_OF: Final = {"Executive": "TicketDetail", "Caller": "LogTicket"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """One custom attribute as it is sent."""

    group: str
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container with everything in place that its status makes mandatory."""

    updater: str
    status: str
    ticket: Mapping[str, str]
    information: Mapping[str, str]
    cancel_remarks: str
    ci_id: str
    ci_key: str
    ci_value: str
    custom_fields: Sequence[CustomField]
    tabs: Mapping[str, JsonValue]


def read_container(parameters: Fields) -> Container:
    """Read the container; Refused, naming the field, if something is missing or misplaced."""
    params = section(parameters, "incidentParamsJSON")
    is_text = "IncidentContainerJson" in params
    said = _container(params, is_text=is_text)
    ticket = section(said, "Ticket")
    status = _status(ticket)
    _check_request_type(parameters, params, may_be_inside=is_text and status != "New")
    updater = _updater(said, ticket)
    information = section(said, "TicketInformation")
    remarks = ticket if is_text else information
    return Container(
        updater=updater,
        status=status,
        ticket=_ticket(ticket, status, updater),
        information=_information(information, status),
        cancel_remarks=text(remarks, "CancelRemarks") if status == "Cancelled" else "",
        ci_id=optional_text(said, "CI_ID"),
        ci_key=optional_text(said, "CI_Key"),
        ci_value=optional_text(said, "CI_Value"),
        custom_fields=_custom_fields(said),
        tabs=read_tabs(said),
    )


def _container(params: Fields, *, is_text: bool) -> Fields:
    if not is_text:
        return section(params, "IncidentContainerJsonObj")
    if "IncidentContainerJsonObj" in params:
        raise Refused("IncidentContainerJson and IncidentContainerJsonObj exclude each other")
    try:
        said = orjson.loads(text(params, "IncidentContainerJson"))
    except orjson.JSONDecodeError as exc:
        raise Refused("IncidentContainerJson is not JSON in a STRING") from exc
    if not isinstance(said, dict):
        raise Refused("IncidentContainerJson is not an object in a STRING")
    return said


def _check_request_type(parameters: Fields, params: Fields, *, may_be_inside: bool) -> None:
    """Look where the samples have it: beside the parameters, or inside for updates as text."""
    place = params if may_be_inside and "RequestType" in params else parameters
    if text(place, "RequestType") != REMOTE_CALL:
        raise Refused(f"RequestType is not {REMOTE_CALL}")


def _status(ticket: Fields) -> str:
    status = text(ticket, "Status")
    if status not in NEEDED:
        raise Refused(f"Status {status} is unknown; there are {', '.join(NEEDED)}")
    return status


def _updater(said: Fields, ticket: Fields) -> str:
    updater = text(said, "Updater")
    if updater not in PAGE_OF:
        raise Refused(f"Updater is not {' or '.join(PAGE_OF)}")
    if text(ticket, "PageName") != PAGE_OF[updater]:
        raise Refused(f"PageName is not {PAGE_OF[updater]}, which the Updater {updater} needs")
    return updater


def _ticket(ticket: Fields, status: str, updater: str) -> Mapping[str, str]:
    if not isinstance(ticket.get("IsFromWebService"), bool):
        raise Refused("IsFromWebService is mandatory and a BOOLEAN")
    needed = [*_ALWAYS, *NEEDED[status]]
    if updater == "Executive" and status in {"New", "Assigned"}:
        needed.append(_WORKGROUP)
    absent = {"Ticket_No"} if ticket.get("Ticket_No", "") is None else set()
    optional = {name: optional_text(ticket, name) for name in _OPTIONAL if name not in absent}
    return {**optional, **{name: text(ticket, name) for name in needed}}


def _information(information: Fields, status: str) -> Mapping[str, str]:
    needed = ("Information", "Solution") if status == "Resolved" else ("Information",)
    optional = {name: optional_text(information, name) for name in _LOGS}
    return {**optional, **{name: text(information, name) for name in needed}}


def _custom_fields(said: Fields) -> Sequence[CustomField]:
    fields = said.get("CustomFields", [])
    if not isinstance(fields, list):
        raise Refused("CustomFields is not a list of {GroupName, Name, Value}")
    return tuple(_custom_field(field) for field in fields)


def _custom_field(field: object) -> CustomField:
    if not isinstance(field, dict) or set(field) != {"GroupName", "Name", "Value"}:
        raise Refused("CustomFields has an item that is not {GroupName, Name, Value}")
    return CustomField(
        group=text(field, "GroupName"),
        name=text(field, "Name"),
        value=optional_text(field, "Value"),
    )
