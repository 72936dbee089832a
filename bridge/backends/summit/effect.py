"""What a container does to a ticket once Summit has taken it."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from bridge.backends.summit.ci import CI, CI_ATTRIBUTES
from bridge.backends.summit.status import spelled
from bridge.backends.summit.texts import as_text
from bridge.backends.summit.ticket import WORKGROUP, Details
from bridge.backends.summit.updater import placed
from bridge.domain.json import JsonObject
from bridge.domain.spec import ATTRIBUTES


def filed_as(container: JsonObject) -> tuple[Details, Mapping[str, str]]:
    """Give a new ticket before it has a number, and what its handle keeps of how it was filed."""
    filed = after(Details(number="", status="", was_read=False), container)
    return filed, {**_ci(container), **_workgroup(container)}


#: Key of a container -> public name of the field that it writes and a read shows again.
_TOLD = {
    "Priority_Name": "priority",
    "Impact_Name": "impact",
    "Urgency_Name": "urgency",
    "Category_Name": "category",
    "Assigned_WorkGroup_Name": "workgroup",
}


def told_in(container: JsonObject) -> Mapping[str, str]:
    """Give the fields that a container writes, in the desk's words."""
    ticket = _section(container, "Ticket")
    said = {name: as_text(ticket.get(key)) for key, name in _TOLD.items()}
    said["subject"], said["description"] = _words(container)
    return {name: text for name, text in said.items() if text}


def updated_in(container: JsonObject, changed: Collection[str]) -> Mapping[str, str]:
    """Give what a handle keeps of an update: what a person chose was not the bridge's filing."""
    names = {ATTRIBUTES[name] for name in changed}
    ci = _ci(container) if names & CI_ATTRIBUTES else {}
    return {**ci, **(_workgroup(container) if "workgroup" in names else {})}


def after(now: Details, container: JsonObject) -> Details:
    """Give what is known of a ticket once an update is in force."""
    said = {**_section(container, "TicketInformation"), **_section(container, "Ticket")}
    subject, description = _words(container)
    return replace(
        now,
        status=spelled(as_text(said.get("Status"))) or now.status,
        subject=subject or now.subject,
        description=description or now.description,
        priority=as_text(said.get("Priority_Name")) or now.priority,
        impact=as_text(said.get("Impact_Name")) or now.impact,
        urgency=as_text(said.get("Urgency_Name")) or now.urgency,
        category=as_text(said.get("Category_Name")) or now.category,
        caller=as_text(said.get("Caller_EmailID")) or now.caller,
        medium=as_text(said.get("Medium")) or now.medium,
        source=as_text(said.get("Source")) or now.source,
        engineer=as_text(said.get("Assigned_Engineer_Email")) or now.engineer,
        workgroup=as_text(said.get("Assigned_WorkGroup_Name")) or now.workgroup,
        pending_reason=as_text(said.get("PendingReason")) or now.pending_reason,
        closure_code=as_text(said.get("Closure_Code_Name")) or now.closure_code,
        resolution_code=as_text(said.get("ResolutionCodeName")) or now.resolution_code,
        solution=as_text(said.get("Solution")) or now.solution,
    )


def _words(container: JsonObject) -> tuple[str, str]:
    """Give symptom and description, wherever the updater has them; `raw` may have chosen one."""
    ticket, texts = _section(container, "Ticket"), _section(container, "TicketInformation")
    first, second = as_text(ticket.get("Description")), as_text(texts.get("Information"))
    return placed(as_text(container.get("Updater")), first, second)


def _ci(container: JsonObject) -> Mapping[str, str]:
    return {key: as_text(container.get(key)) for key in CI}


def _workgroup(container: JsonObject) -> Mapping[str, str]:
    return {WORKGROUP: as_text(_section(container, "Ticket").get("Assigned_WorkGroup_Name"))}


def _section(container: JsonObject, name: str) -> JsonObject:
    """Give a section; one that `raw` made something else of says nothing."""
    section = container.get(name)
    return section if isinstance(section, Mapping) else {}
