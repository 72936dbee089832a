"""Jira as a backend."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bridge.backends.desk import Offer, limits_of
from bridge.backends.http import HttpClient, connection_of
from bridge.backends.jira.access import login_of
from bridge.backends.jira.answers import read_quota
from bridge.backends.jira.api import Api
from bridge.backends.jira.authors import Authors
from bridge.backends.jira.body import USUAL, Before, Look, Writer, without
from bridge.backends.jira.fields import Fields
from bridge.backends.jira.filing import Filing
from bridge.backends.jira.flavor import FLAVORS
from bridge.backends.jira.offer import offer_of, problems_of
from bridge.backends.jira.people import People
from bridge.backends.jira.plan import plan_of
from bridge.backends.jira.records import Reader, labels_in
from bridge.backends.jira.walk import Statuses, Walker
from bridge.backends.login import AuthorizedClient
from bridge.backends.transitions import stages_of
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.errors import DeskError, DeskLockedOut, TicketRefused
from bridge.domain.json import JsonObject
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities, Ticket, TicketState
from bridge.telemetry.logging import MASK

log = structlog.get_logger()

_KEY = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+")
#: What an attachment's name cannot have.
_NO_NAME = re.compile(r"""[\x00-\x1f"/\\]+""")


class Jira:
    """One project of one Jira; implements `bridge.domain.ports.Backend`."""

    def __init__(self, name: str, section: Mapping[str, Any]) -> None:
        self.name = name
        self.limits = limits_of(section)
        self.can = Capabilities(
            reopen=section["reopen"],
            attach=section["attach"],
            close_after=section["transitions"]["close_after"],
            cancel_within=section["transitions"]["cancel_within"],
            stages=stages_of(section["transitions"]),
            look_every=section["look_every"] or None,
        )
        self._section = section
        self._vocabulary = vocabulary_of(section)
        self._reader = _reader(section)
        self._client = _client(name, section)
        self._api = Api(
            client=self._client,
            flavor=self._reader.flavor,
            project=section["project"],
            columns=self._reader.columns,
        )
        fields, people = Fields(self._api), People(self._api)
        self._authors = Authors(self._api, fields)
        self._look = Look(people.find, fields.find)
        self._known = Look(people.known, fields.known)
        self._writer = writer_of(name, section)
        self._filing = Filing(name=name, api=self._api, writer=self._writer, look=self._look)
        self._plan = plan_of(section)
        self._walker = Walker(
            name=name, api=self._api, reader=self._reader, statuses=Statuses(self._api)
        )

    def close(self) -> None:
        """Close the connections to the desk."""
        self._client.close()

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        """File an issue with the token among its labels; what follows may fail and is logged."""
        id_, key, sent = self._filing.file(spec, token)
        ticket = self._reader.created(id_, key, sent, self._memory(spec))
        try:
            ticket = self._reader.left(self._api.get(id_), ticket)
            ticket = self._begun(ticket)
            self._comment("create", ticket, note)
        except DeskError as error:
            # The issue is there, and must not be filed again for the sake of these.
            log.warning("filed in part", backend=self.name, ticket=key, error=str(error))
        return ticket

    def find(self, token: str, since: datetime) -> Sequence[Ticket]:  # noqa: ARG002  # a token is used once, whenever that was
        """Give the tickets among whose labels is the token, oldest first.

        The index of Jira Cloud lags behind by seconds, so that nothing found proves little at
        first; when to search again is decided by who asks.
        """
        jql = f'labels = "{_quoted(token)}" ORDER BY created ASC'
        issues = list(self._api.search(jql))
        found = [issue for issue in issues if token in labels_in(issue)]
        if issues and not any(labels_in(issue) for issue in issues):
            message = f"{self.name}: find was given issues without labels"
            raise DeskLockedOut(f"{message}; let that account see the field")
        tickets = {str(issue.get("id")): self._reader.filed(issue, token) for issue in found}
        return sorted(tickets.values(), key=lambda ticket: (len(ticket.id), ticket.id))

    def read(self, ticket: Ticket, *, is_ours: bool = False) -> Ticket:
        """Give the ticket as it is now; what the bridge itself did to it is not a person's."""
        issue = self._api.get(ticket.id)
        is_persons = "status" in ticket.handle and not is_ours
        seen = (self._reader.seen if is_persons else self._reader.left)(issue, ticket)
        if is_persons and (seen.taken_over or seen.theirs - ticket.theirs):
            seen = self._reader.corrected(issue, ticket, self._authors.own(ticket.id))
        return replace(seen, present={"status": seen.status})

    def lookup(self, number: str) -> Ticket:
        """Give the ticket of a key, such as OPS-12."""
        key = number.strip().upper()
        if not _KEY.fullmatch(key):
            message = f"{self.name}: {number!r} is no issue's key; write it like OPS-12"
            raise TicketRefused(message)
        return self._reader.filed(self._api.get(key, "lookup"))

    def update(
        self,
        ticket: Ticket,
        spec: IncidentSpec,
        changed: Sequence[str],
        token: str,  # noqa: ARG002  # its label stays what it was
        note: str,
    ) -> Ticket:
        """Write the named fields, then add the note.

        What follows from them, such as a line in the description, is not written over a person's.
        """
        sent = self._writer.update(spec, changed, _before(ticket), self._look)
        if "description" in ticket.theirs.difference(changed):
            sent = without(sent, {"description": ""})
        sent, untaken = self._filing.change(ticket, sent)
        if sent:
            memory = self._memory(spec)
            kept = memory if "tags" in changed else {"told": memory["told"]}
            ticket = self._reader.written(ticket, sent, kept)
        self._comment("update", ticket, "\n".join(part for part in (note, *untaken) if part))
        return replace(ticket, present={})

    def note(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Add a comment."""
        self._comment("note", ticket, note)
        return replace(ticket, present={})

    def move(self, ticket: Ticket, spec: IncidentSpec, stage: Stage, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Say why, and lead the issue to the stage's status."""
        present = ticket if ticket.present else self.read(ticket)
        route = self._plan.to_stage(stage, present)
        if not present.is_open or present.status.casefold() == route.goals[0].casefold():
            return replace(present, present={})
        begin = self._walker.first("move", present, route)
        self._comment("move", present, note)
        return self._walker.walk("move", present, route, self._plan.filling(None), begin)

    def attach(self, ticket: Ticket, name: str, text: str) -> None:
        """Put a text file on the issue."""
        clean = _NO_NAME.sub("-", name).strip() or "attachment.txt"
        self._api.attach(ticket.id, clean, text.encode("utf-8", "replace"))

    def resolve(self, ticket: Ticket, spec: IncidentSpec, how: OnClear, note: str) -> Ticket:  # noqa: ARG002  # `solution` is in the note
        """Say why, and lead the issue to rest."""
        present = ticket if ticket.present else self.read(ticket)
        is_to_close = how is OnClear.CLOSE and present.state is TicketState.RESOLVED
        if not present.is_open and not is_to_close:
            return replace(present, present={})
        route = self._plan.to_rest(how)
        begin = self._walker.first("resolve", present, route)
        self._comment("resolve", present, note)
        return self._walker.walk("resolve", present, route, self._plan.filling(how), begin)

    def reopen(self, ticket: Ticket, spec: IncidentSpec, note: str) -> Ticket:  # noqa: ARG002  # the note says it all
        """Lead the issue back to work and say why; one that a person reopened stays as it is."""
        present = ticket if ticket.present else self.read(ticket)
        if not present.is_open:
            route = self._plan.to_reopened(present)
            begin = self._walker.first("reopen", present, route)
            filling = self._plan.filling(None)
            present = self._walker.walk("reopen", present, route, filling, begin)
        self._comment("reopen", present, note)
        return replace(present, present={})

    def preview(self, spec: IncidentSpec, token: str) -> JsonObject:
        """Give the request that `create` would send; what is not yet looked up stands as named."""
        return {
            "method": "POST",
            "path": self._api.path,
            "headers": {"Authorization": MASK},
            "json": self._writer.create(spec, token, self._known),
        }

    def check(self) -> Sequence[str]:
        """Log in, and see whether the project takes such issues of this account."""
        try:
            return [f"{self.name}: {said}" for said in problems_of(self._api, self._section)]
        except DeskError as error:
            return (str(error),)

    def offered(self) -> Offer:
        """Ask what may be set when an issue is filed."""
        return offer_of(self._api, self._section, self._vocabulary)

    def _begun(self, ticket: Ticket) -> Ticket:
        """Lead a new issue to the status that `transitions.open` names, if it begins elsewhere."""
        named = self._plan.stages.get(Stage.OPEN)
        if named is None or named.casefold() == ticket.status.casefold():
            return ticket
        route = self._plan.to_stage(Stage.OPEN, ticket)
        begin = self._walker.first("create", ticket, route)
        return self._walker.walk("create", ticket, route, self._plan.filling(None), begin)

    def _comment(self, operation: str, ticket: Ticket, text: str) -> None:
        if text:
            self._api.comment(operation, ticket.id, self._writer.comment(text))

    def _memory(self, spec: IncidentSpec) -> Mapping[str, str]:
        """Give what of a spec the next update has to know."""
        return {
            "labels": " ".join(self._writer.labels_of(spec)),
            "told": " ".join(self._writer.told_in_description(spec, self._known)),
        }


def vocabulary_of(section: Mapping[str, Any]) -> Vocabulary:
    """Give the words of a loaded section."""
    return Vocabulary(said=section["values"], usual=USUAL)


def writer_of(name: str, section: Mapping[str, Any]) -> Writer:
    """Make what writes the bodies of a loaded section."""
    return Writer(
        name=name,
        flavor=FLAVORS[section["flavor"]],
        vocabulary=vocabulary_of(section),
        project=section["project"],
        issue_type=section["issue_type"],
        defaults=section["defaults"],
        labels=section["labels"],
        fields=section["fields"],
        custom_fields=section["custom_fields"],
        internal_notes=section["internal_notes"],
        max_subject=section["max_subject"],
        max_description=section["max_description"],
    )


def build(name: str, section: Mapping[str, Any], _instance: str) -> Jira:
    """Make the adapter of a loaded section; the token alone tells bridges apart."""
    return Jira(name, section)


def _reader(section: Mapping[str, Any]) -> Reader:
    return Reader(
        url=section["url"],
        flavor=FLAVORS[section["flavor"]],
        fields=section["fields"],
        statuses=section["statuses"],
        cancel_resolution=section["defaults"]["cancel_resolution"],
    )


def _client(name: str, section: Mapping[str, Any]) -> AuthorizedClient:
    client = HttpClient(name, connection_of(section, read_quota))
    return AuthorizedClient(client, login_of(section["auth"]))


def _before(ticket: Ticket) -> Before:
    return Before(
        labels=ticket.handle.get("labels", "").split(), told=ticket.handle.get("told", "").split()
    )


def _quoted(text: str) -> str:
    """Write a text within the quotes of JQL."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
