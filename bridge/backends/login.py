"""How the bridge shows a desk who it is: a fixed header, or a token that is fetched and renewed."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from bridge.backends.http import Call, HttpClient, Reply
from bridge.domain.errors import DeskLockedOut, TicketRefused
from bridge.telemetry.logging import register_secret

#: A token is renewed this long before its end, but not before half of its life.
_EARLY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Proof:
    """A header that says who calls."""

    header: str = field(repr=False)
    is_new: bool  #: made for this very call; a refusal is not for its age
    name: str = "Authorization"


class Login(Protocol):
    """Something that can authorize a call."""

    def proof(self) -> Proof:
        """Give a proof that should be accepted now; raise DeskError when there is none."""

    def drop(self, proof: Proof) -> None:
        """Forget a proof that the desk no longer accepts."""


@dataclass(frozen=True, slots=True)
class FixedHeader:
    """A proof that is the same for ever: a key, or a user and a password."""

    header: str = field(repr=False)
    name: str = "Authorization"

    def proof(self) -> Proof:
        """Give the header, which never gets better by asking again."""
        return Proof(self.header, is_new=True, name=self.name)

    def drop(self, proof: Proof) -> None:
        """Keep the header: there is no other."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A header that a desk has given, and for how long."""

    header: str = field(repr=False)
    seconds: float


def bearer_of(reply: Reply, unsaid: float = 0.0) -> Grant:
    """Read a token as OAuth gives it (RFC 6749, 5.1); `unsaid` seconds where it names no end."""
    said = reply.object()
    token, lives = said.get("access_token"), said.get("expires_in")
    if not isinstance(token, str) or not token:
        reply.doubt("was answered without an access_token")
    register_secret(token)
    return Grant(f"Bearer {token}", float(lives) if isinstance(lives, int | float) else unsaid)


class TokenLogin:
    """A token that `call` fetches, kept for as long as the desk promises.

    `read` finds it in the answer, `name` is the header that shows it.
    """

    def __init__(
        self,
        client: HttpClient,
        call: Call,
        clock: Callable[[], float] = time.monotonic,
        *,
        read: Callable[[Reply], Grant] = bearer_of,
        name: str = "Authorization",
    ) -> None:
        self._client = client
        self._call = call
        self._clock = clock
        self._read = read
        self._name = name
        self._lock = threading.Lock()
        self._header = ""
        self._good_until = 0.0

    def proof(self) -> Proof:
        """Give the token; one thread fetches a new one while the others wait for it."""
        with self._lock:
            is_new = not self._header or self._clock() >= self._good_until
            if is_new:
                self._fetch()
            return Proof(self._header, is_new=is_new, name=self._name)

    def drop(self, proof: Proof) -> None:
        """Forget the token, unless another thread has replaced it already."""
        with self._lock:
            if self._header == proof.header:
                self._header = ""

    def _fetch(self) -> None:
        asked_at = self._clock()
        try:
            reply = self._client.send(self._call)
        except TicketRefused as refused:
            # RFC 6749, 5.2: a wrong password is answered with 400 invalid_grant.
            raise DeskLockedOut(f"{refused}; check `auth:`") from refused
        grant = self._read(reply)
        self._header = grant.header
        self._good_until = asked_at + grant.seconds - min(_EARLY_SECONDS, grant.seconds / 2)


class AuthorizedClient:
    """Makes calls that say who calls; raises DeskError and nothing else."""

    def __init__(self, client: HttpClient, login: Login) -> None:
        self._client = client
        self._login = login

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def log_in(self) -> None:
        """Make sure that there is something to show to the desk."""
        self._login.proof()

    def send(self, call: Call) -> Reply:
        """Make a call; a token that the desk no longer takes is replaced once."""
        proof = self._login.proof()
        try:
            return self._client.send(_authorized(call, proof))
        except DeskLockedOut:
            self._login.drop(proof)
            if proof.is_new:
                raise
        return self._client.send(_authorized(call, self._login.proof()))


def _authorized(call: Call, proof: Proof) -> Call:
    return replace(call, headers={**call.headers, proof.name: proof.header})
