"""The one HTTP client of all desks: what a failure means is decided here, once."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import orjson
import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from bridge.backends.desk import limits_of
from bridge.backends.pace import Pace
from bridge.backends.quota import Quota, ReadQuota, unsaid, whole_number
from bridge.backends.sending import Connection, Outgoing, Part, Sender
from bridge.backends.verdict import Verdict, goes_by_status
from bridge.backends.wire import quoted, reason, remedy, was_never_sent
from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
    TicketGone,
    TicketRefused,
)
from bridge.domain.json import JsonObject
from bridge.telemetry.logging import masked

#: No desk's answer to one call is larger; a page that is would only fill the memory.
MAX_ANSWER_BYTES = 20_000_000
#: The longest that a call waits because the desk has said that it has none left.
LONGEST_REST = timedelta(seconds=60)
_LONGEST_PAUSE = timedelta(days=1)
_CHUNK_BYTES = 65_536
_TO_REACH = "; check `url:`, `proxy:` and whether the desk is up"


def connection_of(section: Mapping[str, Any], quota: ReadQuota = unsaid) -> Connection:
    """Read out of a loaded section where its desk is."""
    return Connection(
        url=section["url"],
        limits=limits_of(section),
        ca=section["ca"],
        client_cert=section["client_cert"],
        proxy=section["proxy"],
        verify=section["verify"],
        quota=quota,
    )


def _is_never_about_the_ticket(_body: bytes) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A file among the parts of multipart/form-data."""

    part: str  #: what the desk calls the part
    name: str  #: what the file is called
    content: bytes = field(repr=False)
    type: str  #: its Content-Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a desk."""

    operation: str  #: what it is for, in errors
    method: str
    path: str  #: below the desk's URL
    json: JsonObject | None = field(default=None, repr=False)  #: some desks want the key in it
    form: Mapping[str, str] | None = field(default=None, repr=False)  #: multipart/form-data
    files: Sequence[FilePart] = ()  #: the same body's, after the texts of `form`
    #: application/x-www-form-urlencoded
    urlencoded: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)  #: as it is; `headers` say its type
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Doing it twice does no more than doing it once, so that a lost answer is no mystery.
    repeatable: bool
    names_ticket: bool = False  #: 404 means that this ticket is gone
    #: Tells a 403 that refuses the ticket from one that refuses the bridge.
    forbids_ticket: Callable[[bytes], bool] = _is_never_about_the_ticket
    #: Reads an answer before its status is gone by.
    verdict: Callable[[int, Mapping[str, str], bytes], Verdict | None] = goes_by_status
    answers: Collection[int] = ()  #: statuses of 300 and above that the caller judges itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer with a status below 300, or with one that the call takes for an answer."""

    call: Call
    desk: str
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def object(self) -> JsonObject:
        """Read the body as a JSON object; anything else leaves the outcome in doubt."""
        try:
            said = orjson.loads(self.body)
            # Some gateways in front of desks wrap the JSON into a JSON string.
            said = orjson.loads(said) if isinstance(said, str) else said
        except orjson.JSONDecodeError:
            said = None
        if not isinstance(said, dict):
            self.doubt(f"answered no JSON object but {quoted(self.body)}")
        return said

    def doubt(self, message: str) -> NoReturn:
        """Raise: the answer does not say whether the call worked."""
        raise _in_doubt(self.desk, self.call, message)

    def refuse(self, words: str) -> NoReturn:
        """Raise: the desk will not take this ticket as it is."""
        raise TicketRefused(_said(self.desk, self.call, f"refused: {words}"))


class HttpClient:
    """Makes calls to one desk; raises DeskError and nothing else, with no secret in it."""

    def __init__(self, name: str, connection: Connection, pace: Pace | None = None) -> None:
        self._name = name
        self._url = connection.url
        self._seconds = connection.limits.timeout.total_seconds()
        self._pace = pace or Pace(connection.limits.per_second)
        self._quota = connection.quota
        self._sender = Sender(connection)

    def close(self) -> None:
        """Close every connection."""
        self._sender.close()

    def send(self, call: Call) -> Reply:
        """Make the call and give its answer, or say what its failure means."""
        self._pace.wait()
        try:
            with self._request(call) as response:
                body = self._read(call, response)
        except (requests.RequestException, HTTPError, OSError, ValueError, TypeError) as exc:
            raise self._failure(call, exc) from exc
        quota = self._heed(response)
        ruled = call.verdict(response.status_code, response.headers, body)
        if ruled is not None:
            raise ruled.error(_said(self._name, call, ruled.words), _retry_after(response, quota))
        self._judge(call, response, body, quota)
        return Reply(
            call=call,
            desk=self._name,
            status=response.status_code,
            body=body,
            headers=response.headers,
        )

    def _request(self, call: Call) -> requests.Response:
        plain = call.content or call.urlencoded
        data = orjson.dumps(call.json) if call.json is not None else plain
        headers = {"Content-Type": "application/json"} if call.json is not None else {}
        return self._sender.send(
            Outgoing(
                method=call.method,
                url=self._url + call.path,
                query=call.query,
                headers={"Accept": "application/json", **headers, **call.headers},
                data=data,
                parts=_parts(call),
            )
        )

    def _heed(self, response: requests.Response) -> Quota:
        """Let the next call wait where the desk has said that it would be one too many."""
        quota = self._quota(response.headers, datetime.now(UTC))
        is_spent = quota.is_spent or response.status_code == 429
        if is_spent and quota.resets_in is not None:
            self._pace.rest(min(quota.resets_in, LONGEST_REST).total_seconds())
        return quota

    def _read(self, call: Call, response: requests.Response) -> bytes:
        """Read the body within the call's time and size: a trickle must not hold a worker."""
        deadline = time.monotonic() + self._seconds
        body = bytearray()
        # read1 gives what has come; read would wait for a whole chunk, however slowly it comes.
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise _in_doubt(self._name, call, f"answered more than {MAX_ANSWER_BYTES} bytes")
            if time.monotonic() > deadline:
                raise requests.ReadTimeout
        return bytes(body)

    def _failure(self, call: Call, exc: Exception) -> DeskError:
        if isinstance(exc, UnicodeError | requests.exceptions.InvalidHeader):
            return TicketRefused(_said(self._name, call, f"cannot be sent: {reason(exc)}"))
        if was_never_sent(exc):
            return DeskUnavailable(
                _said(self._name, call, f"cannot be reached: {reason(exc)}{_TO_REACH}")
            )
        if isinstance(exc, requests.Timeout | ReadTimeoutError):
            return _in_doubt(self._name, call, f"gave no answer within {self._seconds:g} s")
        return _in_doubt(self._name, call, f"broke off: {reason(exc)}")

    def _judge(self, call: Call, response: requests.Response, body: bytes, quota: Quota) -> None:
        """Raise what a status of 300 and above means."""
        status = response.status_code
        if status < 300 or status in call.answers:
            return
        said = _said(self._name, call, f"answered {status}: {quoted(body)}")
        match status:
            case 403 if call.forbids_ticket(body):
                raise TicketRefused(said)
            case 404 | 410 if call.names_ticket:
                raise TicketGone(said)
            case 429:
                raise DeskUnavailable(said, _retry_after(response, quota))
            case _ if todo := remedy(status, response.headers):
                raise DeskLockedOut(f"{said}{todo}")
            case _ if 400 <= status < 500 and status != 408:
                raise TicketRefused(said)
            case _:
                message = f"answered {status}: {quoted(body)}"
                raise _in_doubt(self._name, call, message, _retry_after(response))


def _parts(call: Call) -> list[Part]:
    """Give what a multipart body is made of, as requests wants it."""
    texts: list[Part] = [(part, (None, text)) for part, text in (call.form or {}).items()]
    return [*texts, *((file.part, (file.name, file.content, file.type)) for file in call.files)]


def _in_doubt(
    desk: str, call: Call, message: str, retry_after: timedelta | None = None
) -> DeskUnavailable | OutcomeUnknown:
    said = _said(desk, call, message)
    return DeskUnavailable(said, retry_after) if call.repeatable else OutcomeUnknown(said)


def _said(desk: str, call: Call, message: str) -> str:
    return masked(f"{desk}: {call.operation} {message}")


def _retry_after(response: requests.Response, quota: Quota | None = None) -> timedelta | None:
    """Read Retry-After, in seconds or as a date (RFC 9110, 10.2.3); else what the quota says."""
    said = response.headers.get("Retry-After", "").strip()
    seconds = whole_number(said)
    if seconds is not None:
        return timedelta(seconds=min(seconds, int(_LONGEST_PAUSE.total_seconds())))
    try:
        pause = parsedate_to_datetime(said) - datetime.now(UTC)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        resets_in = quota.resets_in if quota is not None else None
        return None if resets_in is None else min(resets_in, _LONGEST_PAUSE)
    return max(pause, timedelta(0))
