"""The console: what the bridge is doing, for people with a browser and nothing else."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from flask import Blueprint, Flask, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import NotFound

from bridge.domain.inbox import InboxOutcome
from bridge.domain.incident import DesiredState
from bridge.domain.overflow import is_overflow
from bridge.domain.reading import InboxReader, Reader
from bridge.rules.live import InForce
from bridge.web.admin import protect
from bridge.web.auth import Guard
from bridge.web.inbox import find_body, inbox_page
from bridge.web.queries import incident_page

#: So much of a webhook body is shown; a browser chokes on all that may be sent.
_SHOWN_CHARS = 100_000


def blueprint(reader: Reader, inbox: InboxReader, guard: Guard | None) -> Blueprint:
    """Serve the pages to those the guard admits, or to anyone if there is none."""
    routes = Blueprint("pages", __name__)
    protect(routes, guard)
    _add_incidents(routes, reader)
    _add_inbox(routes, inbox)
    return routes


def _add_incidents(routes: Blueprint, reader: Reader) -> None:
    @routes.get("/")
    def list_incidents() -> str:
        asked = _asked()
        page = incident_page(reader, asked)
        return render_template(
            "incidents.html", page=page, asked=asked, states=[state.value for state in DesiredState]
        )

    @routes.get("/incidents/<incident_id>")
    def show_incident(incident_id: str) -> str:
        listed = reader.incident(incident_id)
        if listed is None:
            raise NotFound("No such incident; it may have been pruned.")
        return render_template(
            "incident.html",
            listed=listed,
            members=reader.members(incident_id),
            timeline=reader.timeline(incident_id),
        )


def _add_inbox(routes: Blueprint, inbox: InboxReader) -> None:
    @routes.get("/inbox")
    def list_bodies() -> str:
        asked = _asked()
        page = inbox_page(inbox, asked)
        return render_template(
            "inbox.html", page=page, asked=asked, outcomes=[each.value for each in InboxOutcome]
        )

    @routes.get("/inbox/<body_id>")
    def show_body(body_id: str) -> str:
        entry = find_body(inbox, body_id)
        text = entry.body.decode(errors="replace")
        return render_template(
            "body.html", entry=entry, text=text[:_SHOWN_CHARS], is_cut=len(text) > _SHOWN_CHARS
        )


def _asked() -> dict[str, str]:
    """Give what is asked for; a form sends its empty inputs too."""
    return {name: value for name, value in request.args.items() if value}


def prepare_templates(app: Flask, rules_in_force: Callable[[], InForce]) -> None:
    """Give the templates their filters; a name that is not defined is an error."""
    app.jinja_env.globals["rules_in_force"] = rules_in_force
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.tests["overflow"] = is_overflow
    app.jinja_env.filters["moment"] = _moment
    app.jinja_env.filters["web_url"] = _web_url
    app.jinja_env.filters["said"] = _said


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _web_url(url: str | None) -> str:
    """Give a link only if it leads to the web: escaping does not stop `javascript:`."""
    return url if url is not None and url.startswith(("http://", "https://")) else ""


def _said(value: object) -> str:
    """Write a value of a spec or a timeline entry for people."""
    match value:
        case None:
            return "(none)"
        case "":
            return "(empty)"
        case str():
            return value
        case list() | tuple():
            return ", ".join(map(_said, value))
        case Mapping() if set(value) == {"value", "type"}:
            return _said(value["value"])
        case Mapping():
            return ", ".join(f"{name}: {_said(inner)}" for name, inner in value.items())
        case _:
            return str(value)
