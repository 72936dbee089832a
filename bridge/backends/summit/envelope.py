"""The outside of Summit's calls: one URL for all services, who asks, and what an answer means.

The vendor's pages on API authentication, and on the parameters that all services share. A failure
comes with HTTP 200 and words in `Errors`, or `Error`; no list of those words is published.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

import orjson

from bridge.backends.http import Call, HttpClient, Reply
from bridge.domain.errors import DeskLockedOut, TicketGone, TicketRefused
from bridge.domain.json import JsonObject, JsonValue
from bridge.telemetry.logging import MASK, masked

FILE: Final = "IM_LogOrUpdateIncident"
LIST: Final = "IM_GetIncidentListwithDetails"
DETAILS: Final = "IM_GetIncidentDetailsAndChangeHistory"
UPLOAD: Final = "Summit_UploadAttachment"
READ: Final = "read"  #: the operation that names nothing but a ticket

_REMOTE_CALL: Final = {"RequestType": "RemoteCall"}
_LOCKED_OUT: Final = re.compile(
    r"invalid api|api ?key|unauthori[sz]ed|not authori[sz]ed|access (is )?denied|licen[cs]e"
    r"|(key|token|session|password|account|login).*expired|expired.*(key|token|session|account)"
    r"|authenticat|(invalid|wrong|incorrect) (user|login|password|credential)",
    re.IGNORECASE,
)
_NO_SERVICE: Final = re.compile(
    r"(invalid|unknown|no such) (web ?)?service|service ?(name)?\W[^.;]*"
    r"(not (found|available|allowed|configured)|unknown|invalid|does ?n[o']t exist)",
    re.IGNORECASE,
)
#: Said of the ticket itself, and not of a category or a code that some ticket names.
_NO_TICKET: Final = re.compile(
    r"(invalid|unknown|no such) (ticket|incident)([ _]?(no|number|id))?\s*($|[.:;,#'\"(…\d])"
    r"|(^|[.;:!]\s*)((the|this) )?(ticket|incident)([ _]?(no|number|id))?\b"
    r"[\s.:#'\"(…]*\d*[\s)'\"]*"
    r"(((is|was|could|does|do|has|can)\s*)?(not|n't)\s+(been |be )?"
    r"(found|exist|the number of a ticket)|(is|was|has been) deleted)",
    re.IGNORECASE,
)
_NO_UPLOAD: Final = f"see whether the key may use {UPLOAD}, or set `attach: false`"
#: Enough where a ticket's number is all that was said.
_NOTHING: Final = re.compile(r"no (record|data|detail)|not found|n[o']t exist", re.IGNORECASE)
#: Shorter texts of ours are no clue that the desk quotes them.
_SHORTEST_QUOTE: Final = 4


class ServiceClosed(Exception):
    """The key may not use a reading service; ask no more of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Wraps what is said to one configured desk."""

    path: str
    auth: Mapping[str, str] = field(repr=False)
    org_id: int
    as_string: bool  #: the container is sent as JSON in a string

    def file(self, operation: str, container: JsonObject, *, repeatable: bool) -> Call:
        """Wrap a container."""
        params = self.incident(container)
        return self._call(operation, FILE, params, repeatable=repeatable)

    def incident(self, container: JsonObject) -> JsonObject:
        """Give the parameters that hold a container.

        The samples of updates in a string have RequestType inside, all others outside.
        """
        if not self.as_string:
            return {"incidentParamsJSON": {"IncidentContainerJsonObj": container}, **_REMOTE_CALL}
        ticket = container.get("Ticket")
        is_update = isinstance(ticket, Mapping) and bool(ticket.get("Ticket_No"))
        said: JsonObject = {
            "IncidentContainerJson": orjson.dumps(container).decode(),
            **(_REMOTE_CALL if is_update else {}),
        }
        return {"incidentParamsJSON": said, **_REMOTE_CALL}

    def read(self, number: str) -> Call:
        """Ask for one ticket."""
        said: JsonObject = {"TicketNo": int(number), **_REMOTE_CALL}
        return self._call(READ, DETAILS, said, repeatable=True)

    def list(self, operation: str, wanted: JsonObject) -> Call:
        """Ask for one page of tickets."""
        said: JsonObject = {
            "objIncidentCommonFilter": {"OrgID": str(self.org_id), **wanted},
            **_REMOTE_CALL,
        }
        return self._call(operation, LIST, said, repeatable=True)

    def upload(self, internal_id: str, name: str, text: str) -> Call:
        """Put a text file on a ticket, byte by byte, as the vendor's page on UploadAttachment.

        https://eitdocs.atlassian.net/wiki/spaces/ReleaseNotes/pages/36552467/UploadAttachment: its
        TicketID is the internal id, and it has no RequestType.
        """
        content: list[JsonValue] = list(text.encode("utf-8", "replace"))
        said: JsonObject = {
            "eModule": "IM",
            "TicketID": int(internal_id),
            "FileByte": content,
            "AttachmentFileName": name,
        }
        return self._call("attach", UPLOAD, said, repeatable=False)

    def body(self, service: str, parameters: JsonObject, *, mask: bool = False) -> JsonObject:
        """Give a whole request; with its secrets masked if people are to see it."""
        proxy: JsonObject = {
            **self._login(mask=mask),
            "ProxyID": 0,
            "ReturnType": "JSON",
            "OrgID": self.org_id,
            "TokenID": "",
        }
        return {
            "ServiceName": service,
            "objCommonParameters": {"_ProxyDetails": proxy, **parameters},
        }

    def _login(self, *, mask: bool) -> Mapping[str, str]:
        if "api_key" in self.auth:
            return {"AuthType": "APIKEY", "APIKey": MASK if mask else self.auth["api_key"]}
        password = MASK if mask else self.auth["password"]
        return {"UserName": self.auth["username"], "Password": password}

    def _call(
        self, operation: str, service: str, parameters: JsonObject, *, repeatable: bool
    ) -> Call:
        return Call(
            operation=operation,
            method="POST",
            path=self.path,
            json=self.body(service, parameters),
            repeatable=repeatable,
        )


class Api:
    """Makes calls and reads their answers; raises DeskError, and ServiceClosed when reading."""

    def __init__(self, client: HttpClient, auth: Mapping[str, str]) -> None:
        self._client = client
        self._secrets = [auth[key] for key in ("api_key", "password") if auth.get(key)]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def write(self, call: Call, *, may_be_gone: bool) -> tuple[Reply, JsonObject]:
        """Make a call that changes a ticket; `may_be_gone`: nobody has just seen the ticket."""
        reply = self._client.send(call)
        if not reply.body.strip():
            reply.doubt(f"was answered with nothing; see whether the key may use {FILE}")
        said = reply.object()
        if words := self._errors(said):
            if may_be_gone and _NO_TICKET.search(_unquoted(words, call)):
                raise TicketGone(_told(reply, words))
            self._refuse(reply, words)
        return reply, said

    def look(self, call: Call) -> tuple[Reply, JsonObject]:
        """Make a call that reads; an unknown service, or no answer at all, is a closed one."""
        reply = self._client.send(call)
        if not reply.body.strip():
            raise ServiceClosed("was answered with nothing")
        said = reply.object()
        if words := self._errors(said):
            if _NO_SERVICE.search(words):
                raise ServiceClosed(_told(reply, words))
            is_gone = _NO_TICKET.search(words) or _NOTHING.search(words)
            if call.operation == READ and is_gone and not _LOCKED_OUT.search(words):
                raise TicketGone(_told(reply, words))
            self._refuse(reply, words)
        return reply, said

    def upload(self, call: Call) -> None:
        """Make a call that attaches a file; a key that may not do so loses the file alone."""
        try:
            reply = self._client.send(call)
        except DeskLockedOut as exc:
            raise TicketRefused(f"{exc}; {_NO_UPLOAD}") from exc
        if not reply.body.strip():
            reply.refuse(f"answered with nothing; {_NO_UPLOAD}")
        if words := self._errors(reply.object()):
            reply.refuse(f"{words}; {_NO_UPLOAD}")

    def _refuse(self, reply: Reply, words: str) -> NoReturn:
        if _LOCKED_OUT.search(_unquoted(words, reply.call)):
            raise DeskLockedOut(
                masked(f"{reply.desk}: refuses the credentials: {words}; check `auth:`")
            )
        reply.refuse(words)

    def _errors(self, said: JsonObject) -> str:
        """Give the desk's words on what went wrong; empty when nothing did."""
        words = (said.get(key) for key in ("Errors", "Error", "ErrorMessage"))
        told = "; ".join(_plain(value) for value in words if value)
        for secret in self._secrets:
            told = told.replace(secret, MASK)
        return told


def _plain(value: JsonValue) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return " ".join(text.split())


def _told(reply: Reply, words: str) -> str:
    return masked(f"{reply.desk}: {reply.call.operation} was answered: {words}")


def _unquoted(words: str, call: Call) -> str:
    """Take our own texts out of the desk's words: an expired certificate is no expired key."""
    for text in sorted(_texts(_parameters(call)), key=len, reverse=True):
        words = words.replace(" ".join(text.split()), "…")
    return words


def _parameters(call: Call) -> JsonValue:
    """Give what was asked, without who asks."""
    common = (call.json or {}).get("objCommonParameters")
    asked = common if isinstance(common, Mapping) else {}
    return {key: value for key, value in asked.items() if key != "_ProxyDetails"}


def _texts(value: JsonValue) -> Iterator[str]:
    match value:
        case str() if len(value) >= _SHORTEST_QUOTE:
            yield value
        case {"IncidentContainerJson": str(container)}:
            yield from _texts(orjson.loads(container))
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)
        case _:
            return
