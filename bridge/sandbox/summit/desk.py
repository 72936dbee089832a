"""The stand-in Summit: one POST endpoint, below any prefix, with the services the bridge uses."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from flask import Blueprint, Response, request
from werkzeug.wrappers import Request

from bridge.sandbox.desk import Sandbox
from bridge.sandbox.refusal import Refused
from bridge.sandbox.routes import json_answer
from bridge.sandbox.summit import answers, rules
from bridge.sandbox.summit.call import REMOTE_CALL, Call, Fields, read_call, service_of
from bridge.sandbox.summit.container import Container, read_container
from bridge.sandbox.summit.listing import page_of, read_filter
from bridge.sandbox.summit.upload import read_upload, ticket_of
from bridge.sandbox.ticket import SandboxTicket

_ENDPOINT: Final = "/REST/Summit_RESTWCF.svc/RESTService/"
_METHODS: Final = ("CommonWS_JsonObjCall", "CommonWS_JsonObjCall_JSON", "CommonWS_JsonObjCall_json")
#: The vendor's sample numbers; a ticket's number is never its internal id.
_FIRST_NUMBER: Final = 93491
_FIRST_ID: Final = 59404
_NO_SUCH_CALL: Final = "no such call"


class SummitSandbox(Sandbox):
    """Summit as its documents have it: mandatory fields by status, refusals with HTTP 200.

    The key is `sandbox-key`, the user `bridge` with `sandbox-password`.
    """

    title = "Summit sandbox"
    vocabulary = rules.VOCABULARY

    def vendor_routes(self) -> Blueprint:
        """Give the endpoint under both of its names, with or without a virtual directory."""
        blueprint = Blueprint("summit", __name__)
        for method in _METHODS:
            for prefix in ("", "/<path:prefix>"):
                blueprint.add_url_rule(
                    f"{prefix}{_ENDPOINT}{method}",
                    f"call{len(prefix)}{method}",
                    self._answer,
                    methods=["POST"],
                )
        return blueprint

    def operation(self, request: Request) -> str:
        """Name the service that the body asks for."""
        service = service_of(request.get_data())
        return service if service in self._services() else _NO_SUCH_CALL

    def _services(self) -> Mapping[str, Callable[[Fields], answers.Answer]]:
        return {
            "IM_LogOrUpdateIncident": self._log_or_update,
            "IM_GetIncidentListwithDetails": self._list,
            "IM_GetIncidentDetailsAndChangeHistory": self._details,
            "Summit_UploadAttachment": self._upload,
        }

    def _answer(self, prefix: str = "") -> Response:  # noqa: ARG002  # any virtual directory
        body = request.get_data()
        try:
            call = read_call(body)
            return self._serve(call)
        except Refused as exc:
            self._calls.refuse(service_of(body) or _NO_SUCH_CALL, str(exc))
            return json_answer(answers.envelope(errors=str(exc)))

    def _serve(self, call: Call) -> Response:
        """Serve a call; an unknown service is answered with nothing at all, as clients report."""
        serve = self._services().get(call.service)
        if serve is not None:
            return json_answer(serve(call.parameters))
        self._calls.refuse(call.service, "ServiceName is unknown, or not open to this key")
        return Response(b"")

    def _log_or_update(self, parameters: Fields) -> answers.Answer:
        said = read_container(parameters)
        rules.check(said)
        if not said.ticket.get("Ticket_No"):
            return answers.logged(self._book.create(lambda n, now: _new(said, n, now)))
        number = said.ticket["Ticket_No"]

        def update(ticket: SandboxTicket) -> Mapping[str, object]:
            rules.check_against(said, ticket)
            return rules.fields_of(said, ticket)

        try:
            return answers.updated(self._book.change(number, update, by="api"))
        except KeyError as exc:
            raise Refused(f"Ticket_No {number} is not the number of a ticket") from exc

    def _list(self, parameters: Fields) -> answers.Answer:
        _check_request_type(parameters)
        page, total = page_of(self._book.all(), read_filter(parameters))
        return answers.listed(page, total)

    def _details(self, parameters: Fields) -> answers.Answer:
        _check_request_type(parameters)
        number = parameters.get("TicketNo")
        if type(number) is not int:
            raise Refused("TicketNo is mandatory and an INTEGER")
        ticket = self._book.get(str(number))
        if ticket is None:
            raise Refused(f"TicketNo {number} is not the number of a ticket")
        return answers.detailed(ticket)

    def _upload(self, parameters: Fields) -> answers.Answer:
        upload = read_upload(parameters)
        number = ticket_of(upload, self._book.all()).number
        self._book.change(
            number,
            lambda ticket: {"files": {**ticket.files, upload.name: upload.content}},
            by="api",
        )
        return answers.uploaded()


def _check_request_type(parameters: Fields) -> None:
    """Take RequestType as right or absent: reading clients do without it."""
    if parameters.get("RequestType", REMOTE_CALL) != REMOTE_CALL:
        raise Refused(f"RequestType is not {REMOTE_CALL}")


def _new(said: Container, earlier: int, now: datetime) -> SandboxTicket:
    fields = rules.fields_of(said)
    return SandboxTicket(
        number=str(_FIRST_NUMBER + earlier),
        id=str(_FIRST_ID + earlier),
        created_at=now,
        updated_at=now,
        **fields,  # type: ignore[arg-type]  # the rules' own names
    )
