"""What a status makes mandatory in a container, beside what every status needs.

The vendor's page has a table per status, but none for In-Progress (its place holds a copy of
Pending's): it is filled as working clients do, with the engineer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridge.backends.summit import status as at
from bridge.backends.summit.texts import is_address
from bridge.backends.summit.ticket import Details

#: Statuses in which somebody works, or has worked, on the ticket.
_ENGINEERED: Final = (at.IN_PROGRESS, at.PENDING, at.RESOLVED, at.CLOSED)
_NO_SOLUTION: Final = "Cleared."


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """Fills in what Summit demands: as the ticket has it, else from the desk's `defaults`."""

    defaults: Mapping[str, str]
    remarks_in_ticket: bool  #: CancelRemarks stands in Ticket; else in TicketInformation

    def of_new(self) -> Mapping[str, str]:
        """Give what no table demands of a new ticket, but the desk's operator has named."""
        second = self.defaults["secondary_engineer"]
        return {"Assigned_Engineer_Email_Secondary": second} if second else {}

    def of_ticket(
        self, now: Details, status: str, *, assignee_stays: bool = False
    ) -> Mapping[str, str]:
        """Give the keys of Ticket; `assignee_stays`: also one who has not worked on it yet."""
        said = {"Assigned_Engineer_Email": self._engineer(now, status, stays=assignee_stays)}
        said.update(self._reasons(_as_chosen(now, status), status))
        if status == at.CANCELLED and self.remarks_in_ticket:
            said["CancelRemarks"] = self.defaults["cancel_remarks"]
        return {key: text for key, text in said.items() if text}

    def of_information(self, now: Details, status: str, solution: str) -> Mapping[str, str]:
        """Give the keys of TicketInformation."""
        if status == at.RESOLVED:
            kept = _as_chosen(now, status).solution
            return {"Solution": kept or solution or _NO_SOLUTION}
        if status == at.CANCELLED and not self.remarks_in_ticket:
            return {"CancelRemarks": self.defaults["cancel_remarks"]}
        return {}

    def _engineer(self, now: Details, status: str, *, stays: bool) -> str:
        """Keep who works on the ticket; the bridge's own engineer takes what nobody works on.

        Whoever a ticket was merely assigned to is not said to have worked on it.
        """
        keeps = stays or now.status == status or now.status in _ENGINEERED
        if keeps and is_address(now.engineer):
            return now.engineer
        return self.defaults["engineer"] if status in _ENGINEERED else ""

    def _reasons(self, chosen: Details, status: str) -> Mapping[str, str]:
        if status == at.PENDING:
            return {"PendingReason": chosen.pending_reason or self.defaults["pending_reason"]}
        if status not in (at.RESOLVED, at.CLOSED):
            return {}
        closure = {"Closure_Code_Name": chosen.closure_code or self.defaults["closure_code"]}
        if status == at.CLOSED:
            return closure
        resolution = chosen.resolution_code or self.defaults["resolution_code"]
        return {**closure, "ResolutionCodeName": resolution}


def _as_chosen(now: Details, status: str) -> Details:
    """Give the ticket if what it says still holds; what led to another status is history."""
    holds = now.status == status or (now.status, status) == (at.RESOLVED, at.CLOSED)
    return now if holds else Details(number=now.number, status=status)
