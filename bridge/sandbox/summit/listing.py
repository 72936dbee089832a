"""IM_GetIncidentListwithDetails: which tickets a filter means.

The filter is as public clients send it (panoramicdata's SymphonyAi.Summit.Api); the vendor has no
page on it. Dates are days in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bridge.sandbox.refusal import Refused
from bridge.sandbox.summit.call import Fields, optional_text, section, text
from bridge.sandbox.ticket import SandboxTicket

#: Every status that a filter may name; Open stands for all tickets that are.
_STATUSES: Final = frozenset(
    {
        "Open", "Reopened", "New", "Assigned", "In-Progress", "Pending", "Resolved", "Closed",
        "Cancelled",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list call asks for; `page` counts from 0."""

    statuses: frozenset[str]
    workgroup: str
    page: int
    page_size: int
    updated_from: date
    updated_to: date

    def matches(self, ticket: SandboxTicket) -> bool:
        """Tell whether the ticket is asked for, on whichever page."""
        by_status = ticket.status in self.statuses or (ticket.is_open and "Open" in self.statuses)
        return (
            (by_status or not self.statuses)
            and self.workgroup in {"", ticket.workgroup}
            and self.updated_from <= ticket.updated_at.date() <= self.updated_to
        )


def read_filter(parameters: Fields) -> Filter:
    """Read the filter; Refused, naming the field, if it is not as clients send it."""
    said = section(parameters, "objIncidentCommonFilter")
    text(said, "OrgID")
    text(said, "Instance")
    if said.get("IsWebServiceRequest") is not True:
        raise Refused("IsWebServiceRequest is not true")
    return Filter(
        statuses=_statuses(optional_text(said, "Status")),
        workgroup=optional_text(said, "WorkgroupName"),
        page=_number(said, "CurrentPageIndex", least=0),
        page_size=_number(said, "PageSize", least=1),
        updated_from=_day(said, "strUpdatedFromDate", date.min),
        updated_to=_day(said, "strUpdatedToDate", date.max),
    )


def page_of(
    tickets: Sequence[SandboxTicket], wanted: Filter
) -> tuple[Sequence[SandboxTicket], int]:
    """Give one page, the newest first, and how many tickets there are on all pages."""
    found = [ticket for ticket in reversed(tickets) if wanted.matches(ticket)]
    begin = wanted.page * wanted.page_size
    return found[begin : begin + wanted.page_size], len(found)


def _statuses(listed: str) -> frozenset[str]:
    statuses = frozenset(part.strip() for part in listed.split(",")) if listed else frozenset()
    unknown = sorted(statuses - _STATUSES)
    if unknown:
        raise Refused(f"Status {', '.join(unknown)} is unknown")
    return statuses


def _number(said: Fields, name: str, *, least: int) -> int:
    value = said.get(name)
    if type(value) is not int or value < least:
        raise Refused(f"{name} is not an INTEGER from {least} on")
    return value


def _day(said: Fields, name: str, default: date) -> date:
    value = optional_text(said, name)
    if not value:
        return default
    try:
        if len(value) == len("yyyy-MM-dd"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Refused(f"{name} is not a day written yyyy-MM-dd")
