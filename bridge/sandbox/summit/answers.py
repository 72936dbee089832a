"""Summit's answers: the envelope, the rows of a list, the details of one ticket.

Field names are the vendor's where it has a page, else those that panoramicdata's
SymphonyAi.Summit.Api reads.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from bridge.sandbox.ticket import SandboxTicket

Answer = Mapping[str, object]


def envelope(*, errors: str = "", message: str = "", output: object = None) -> Answer:
    """Give the envelope that every answer has; `errors` not empty means that nothing was done."""
    return {
        "Errors": errors,
        "Input": None,
        "Message": message,
        "OrgID": 0,
        "Output": None,
        "OutputID": 0,
        "OutputObject": output,
        "TokenID": None,
    }


def logged(ticket: SandboxTicket) -> Answer:
    """Answer that a ticket is new."""
    return {
        **envelope(message="New ticket has been logged successfully"),
        "Priority": ticket.priority or "P3",
        "ResolutionDeadLine": _clock(ticket.created_at),
        "SLA": "IT 24/7",
        **_names(ticket),
    }


def updated(ticket: SandboxTicket) -> Answer:
    """Answer that a ticket was updated."""
    return {
        **envelope(message="Ticket details are updated successfully"),
        "Priority": None,
        "ResolutionDeadLine": None,
        "SLA": None,
        **_names(ticket),
    }


def uploaded() -> Answer:
    """Answer that a file is on its ticket; the vendor's words for it are not known."""
    return envelope(message="Attachment uploaded successfully")


def listed(page: Sequence[SandboxTicket], total: int) -> Answer:
    """Answer with one page of tickets."""
    return envelope(output={"MyTickets": [_row(ticket, total) for ticket in page]})


def detailed(ticket: SandboxTicket) -> Answer:
    """Answer with everything of one ticket."""
    return envelope(
        output={
            "IncidentDetails": {
                "TicketDetails": [_details(ticket)],
                "ChangeHistory": _history(ticket),
                "CustomAttributes": _attributes(ticket),
            }
        }
    )


def _names(ticket: SandboxTicket) -> Answer:
    return {
        "TicketID_Encrypted": _encrypted(ticket),
        "TicketID_Internal": int(ticket.id),
        "TicketNo": int(ticket.number),
    }


def _encrypted(ticket: SandboxTicket) -> str:
    """Give what links have instead of the id, encoded for a URL already, as the vendor does."""
    digest = hashlib.sha256(ticket.id.encode()).digest()[:16]
    return quote(b64encode(digest), safe="")


def _row(ticket: SandboxTicket, total: int) -> Answer:
    detail = {
        "Ticket_ID": ticket.id,
        "Incident_ID": int(ticket.number),
        "TotalRows": total,
        "Status": ticket.status,
        "Symptom": ticket.subject,
        "Description": ticket.description,
        "Workgroup_Name": ticket.workgroup,
        "Assigned_Engineer": ticket.assignee or None,
        "Priority": ticket.priority,
        "Urgency": ticket.urgency,
        "Impact": ticket.impact,
        "Category": ticket.category or None,
        "Caller_EmailId": ticket.requester,
        "Logged_Time": _clock(ticket.created_at),
        "Updated_Time": _clock(ticket.updated_at),
        "Solution": ticket.solution or None,
        "User_Log": "\n".join(ticket.replies) or None,
        "Private_Log": _private(ticket) or None,
    }
    return {"IncidentDetail": [detail], "CustomAttribute": _attributes(ticket)}


def _details(ticket: SandboxTicket) -> Answer:
    return {
        "Ticket_ID": int(ticket.id),
        "Ticket_No": ticket.number,
        "Ticket_ID_Encrypted": _encrypted(ticket),
        "Status": ticket.status,
        "Subject": ticket.subject,
        "Information": ticket.description,
        "PriorityName": ticket.priority,
        "Criticality_Name": ticket.urgency,
        "Impact_Name": ticket.impact,
        "Category": ticket.category or None,
        "WG_Name": ticket.workgroup,
        "Assigned_Engineer_Email": ticket.assignee or None,
        "Caller_EmailID": ticket.requester,
        "CC_Email": ";".join(ticket.cc) or None,
        "Linked_CI_IDs": ticket.ci_value or None,
        "Medium": ticket.more.get("Medium"),
        "Source": ticket.more.get("Source"),
        "ClCode_Name": ticket.more.get("Closure_Code_Name"),
        "ResolutionCodeName": ticket.more.get("ResolutionCodeName"),
        "PendingReason": ticket.reason or None,
        "Solution": ticket.solution or None,
        "Userlog": "\n".join(ticket.replies) or None,
        "Internallog": _private(ticket) or None,
        "Reg_Time": _clock(ticket.created_at),
        "Updated_Time": _clock(ticket.updated_at),
    }


def _attributes(ticket: SandboxTicket) -> Sequence[Answer]:
    return [
        {
            "ID": number,
            "Incident_ID": int(ticket.id),
            "Group_Name": ticket.custom_groups.get(name, ""),
            "SR_CtAttribute_Name": name,
            "AttributeText": value,
        }
        for number, (name, value) in enumerate(ticket.custom_fields.items(), start=1)
    ]


def _history(ticket: SandboxTicket) -> Sequence[Answer]:
    before = [None, *(step.status for step in ticket.history)]
    return [
        {
            "uid": number,
            "column_name": "Status",
            "change_date": _clock(step.at),
            "change_byName": step.by,
            "OldValue": before[number - 1],
            "new_Value": step.status,
        }
        for number, step in enumerate(ticket.history, start=1)
    ]


def _private(ticket: SandboxTicket) -> str:
    return "\n".join(note for note in ticket.notes if note not in ticket.replies)


def _clock(at: datetime) -> str:
    """Write a time as the vendor's samples do, without a zone."""
    return at.strftime("%b %d %Y %I:%M%p")
