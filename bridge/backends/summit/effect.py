"""What a container does to a ticket once Summit has taken it."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from bridge.backends.summit.ci import CI, CI_ATTRIBUTES
from bridge.backends.summit.status import spelled
from bridge.backends.summit.texts import as_text
from bridge.backends.summit.ticket import WORKGROUP, Details
from bridge.domain.json import JsonObject
from bridge.domain.spec import ATTRIBUTES


def filed_as(container: JsonObject) -> tuple[str, Mapping[str, str]]:
    """Give the status of a new ticket, and what its handle keeps of how it was filed."""
    ticket = _section(container, "Ticket")
    return spelled(as_text(ticket.get("Status"))), {**_ci(container), **_workgroup(container)}


def updated_in(container: JsonObject, changed: Collection[str]) -> Mapping[str, str]:
    """Give what a handle keeps of an update: what a person chose was not the bridge's filing."""
    names = {ATTRIBUTES[name] for name in changed}
    ci = _ci(container) if names & CI_ATTRIBUTES else {}
    return {**ci, **(_workgroup(container) if "workgroup" in names else {})}


def after(now: Details, container: JsonObject) -> Details:
    """Give what is known of a ticket once an update is in force."""
    said = {**_section(container, "TicketInformation"), **_section(container, "Ticket")}
    return replace(
        now,
        status=as_text(said.get("Status")) or now.status,
        engineer=as_text(said.get("Assigned_Engineer_Email")) or now.engineer,
        workgroup=as_text(said.get("Assigned_WorkGroup_Name")) or now.workgroup,
        closure_code=as_text(said.get("Closure_Code_Name")) or now.closure_code,
        resolution_code=as_text(said.get("ResolutionCodeName")) or now.resolution_code,
        solution=as_text(said.get("Solution")) or now.solution,
    )


def _ci(container: JsonObject) -> Mapping[str, str]:
    return {key: as_text(container.get(key)) for key in CI}


def _workgroup(container: JsonObject) -> Mapping[str, str]:
    return {WORKGROUP: as_text(_section(container, "Ticket").get("Assigned_WorkGroup_Name"))}


def _section(container: JsonObject, name: str) -> JsonObject:
    """Give a section; one that `raw` made something else of says nothing."""
    section = container.get(name)
    return section if isinstance(section, Mapping) else {}
