"""Looking at tickets: one by its number, or those of some days for one that carries a token."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from bridge.backends.http import Reply
from bridge.backends.summit.envelope import DETAILS, LIST, Api, Envelope, ServiceClosed
from bridge.backends.summit.status import LISTED
from bridge.backends.summit.ticket import WORKGROUP, Details, Reader, objects
from bridge.domain.errors import DeskUnavailable, TicketGone
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.ticket import Capabilities, Ticket

log = structlog.get_logger()

_PAGE: Final = 100
#: More tickets than these pages hold are no search but a copy of the desk.
_MOST_PAGES: Final = 200
MOST_TICKETS: Final = _MOST_PAGES * _PAGE
#: The desk's days are local ones, and nothing says of which zone.
_ZONES: Final = timedelta(days=1)


class Look:
    """The reading services of one configured desk, as far as the key may use them."""

    def __init__(
        self,
        *,
        name: str,
        api: Api,
        envelope: Envelope,
        reader: Reader,
        instance: str,
        can: Capabilities,
    ) -> None:
        self._name = name
        self._api = api
        self._envelope = envelope
        self._reader = reader
        self._instance = instance
        self._can = can
        self._has_read = False

    def at(self, ticket: Ticket) -> Details:
        """Give the ticket as it is now; as last known if this key may not read tickets.

        A key that could read before can still: no answer then is the desk's trouble, and to guess
        a status would undo what a person did.
        """
        if ticket.present:
            return Details.fresh(ticket)
        if not self._can.read:
            return Details.remembered(ticket)
        try:
            details, _ = self._one(ticket.number)
        except ServiceClosed as closed:
            if self._has_read:
                message = (
                    f"{self._name}: read {closed}; set `read: false` if the key lost {DETAILS}"
                )
                raise DeskUnavailable(message) from closed
            log.warning("ticket not readable", backend=self._name, ticket=ticket.number)
            return Details.remembered(ticket)
        self._has_read = True
        return details

    def find(self, token: str, since: datetime) -> Sequence[Ticket]:
        """Give the tickets that carry the token, by number."""
        carriers = [
            record
            for row in self._rows(since)
            for record in objects(row.get("IncidentDetail"))
            if self._reader.carries(record, row.get("CustomAttribute"), token)
        ]
        confirmed = [self._confirmed(record, token) for record in carriers]
        found = {details.number: details for details in confirmed}
        return [
            self._reader.seen(found[number], {WORKGROUP: found[number].workgroup})
            for number in sorted(found, key=int)
        ]

    def by_number(self, number: str) -> Ticket:
        """Give the ticket that people call so, as it is filed now."""
        try:
            details, _ = self._one(number)
        except ServiceClosed as closed:
            message = f"{self._name}: read {closed}; allow {DETAILS} for this key"
            raise DeskUnavailable(message) from closed
        return self._reader.seen(details, {WORKGROUP: details.workgroup})

    def check(self) -> Sequence[str]:
        """Ask for one ticket of today; DeskError, or words on a missing right."""
        try:
            self._page("check", datetime.now(UTC), 0, 1)
        except ServiceClosed as closed:
            if self._can.find:
                said = f"{self._name}: may not list tickets, {LIST} {closed}"
                return (f"{said}; allow it for this key, or set `find: false`",)
        return ()

    def _one(self, number: str) -> tuple[Details, JsonObject]:
        """Read a ticket, and give its custom attributes and log as they came."""
        reply, said = self._api.look(self._envelope.read(number))
        incident = _object(_output(reply, said).get("IncidentDetails"))
        if "TicketDetails" not in incident:
            reply.doubt("was answered without TicketDetails")
        record = next(objects(incident["TicketDetails"]), None)
        if record is None:
            raise TicketGone(f"{self._name}: read knows no ticket {number}")
        details = Details.said(record, number)
        if not details.status:
            reply.doubt("was answered without the Status of the ticket")
        return details, {**record, "CustomAttributes": incident.get("CustomAttributes")}

    def _confirmed(self, row: JsonObject, token: str) -> Details:
        """Find out which of a row's two ids is the TicketNo, by reading it back.

        Taking the wrong one would mean somebody else's ticket; so would a file for the wrong
        internal id, of which a mere guess has none.
        """
        likeliest, ids = self._reader.ids(row)
        guess = replace(likeliest, internal_id="")
        for number in ids if self._can.read else ():
            try:
                details, record = self._one(number)
            except TicketGone:
                continue
            except ServiceClosed:
                return guess
            is_same = {details.internal_id, number} == set(ids)
            if is_same or self._reader.carries(record, record["CustomAttributes"], token):
                return details
        if ids and not self._can.read:
            return guess
        message = f"{self._name}: find saw the token on a ticket that none of {ids} leads to"
        raise DeskUnavailable(message)

    def _rows(self, since: datetime) -> Iterator[JsonObject]:
        """Give the rows of every page; the last page is an empty one, or one seen before."""
        before: Sequence[JsonObject] = ()
        for page in range(_MOST_PAGES):
            try:
                rows = self._page("find", since, page, _PAGE)
            except ServiceClosed as closed:
                message = f"{self._name}: find {closed}; allow {LIST}, or set `find: false`"
                raise DeskUnavailable(message) from closed
            if not rows or rows == before:
                return
            yield from rows
            before = rows
        message = (
            f"{self._name}: find gave up after {MOST_TICKETS} tickets; "
            "narrow it to an instance of its own, or set `find: false`"
        )
        raise DeskUnavailable(message)

    def _page(self, operation: str, since: datetime, page: int, size: int) -> Sequence[JsonObject]:
        wanted: JsonObject = {
            "Instance": self._instance,
            "WorkgroupName": "",
            "Status": ",".join(LISTED),
            "CategoryName": "",
            "Categories": "",
            "CurrentPageIndex": page,
            "PageSize": size,
            "strUpdatedFromDate": (since.astimezone(UTC) - _ZONES).strftime("%Y-%m-%d"),
            "strUpdatedToDate": "",
            "IsWebServiceRequest": True,
        }
        reply, said = self._api.look(self._envelope.list(operation, wanted))
        output = _output(reply, said)
        if "MyTickets" not in output:
            reply.doubt("was answered without MyTickets")
        return list(objects(output["MyTickets"]))


def _output(reply: Reply, said: JsonObject) -> JsonObject:
    output = said.get("OutputObject")
    if not isinstance(output, dict):
        reply.doubt("was answered without an OutputObject")
    return output


def _object(value: JsonValue) -> JsonObject:
    return next(objects(value), {})
