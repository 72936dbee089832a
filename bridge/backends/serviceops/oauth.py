"""How the bridge shows ServiceOps who it is: an OAuth token by password grant, or a static key."""

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bridge.backends.http import Call, HttpClient
from bridge.domain.errors import DeskLockedOut, TicketRefused
from bridge.telemetry.logging import register_secret

#: A token is renewed this long before its end, but not before half of its life.
_EARLY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What an Authorization header says."""

    header: str = field(repr=False)
    is_new: bool  #: made for this very call; a refusal is not for its age


class Login(Protocol):
    """Something that can authorize a call."""

    def proof(self) -> Proof:
        """Give a proof that should be accepted now; raise DeskError when there is none."""

    def drop(self, proof: Proof) -> None:
        """Forget a proof that the desk no longer accepts."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A static key, sent as `Authorization: Apikey KEY`."""

    key: str = field(repr=False)

    def proof(self) -> Proof:
        """Give the key, which never gets better by asking again."""
        return Proof(f"Apikey {self.key}", is_new=True)

    def drop(self, proof: Proof) -> None:
        """Keep the key: there is no other."""


class PasswordGrant:
    """A bearer token of `POST /api/oauth/token`, kept for as long as its expires_in promises."""

    def __init__(
        self,
        client: HttpClient,
        auth: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._auth = auth
        self._clock = clock
        self._lock = threading.Lock()
        self._header = ""
        self._good_until = 0.0

    def proof(self) -> Proof:
        """Give the token; one thread fetches a new one while the others wait for it."""
        with self._lock:
            is_new = not self._header or self._clock() >= self._good_until
            if is_new:
                self._fetch()
            return Proof(self._header, is_new=is_new)

    def drop(self, proof: Proof) -> None:
        """Forget the token, unless another thread has replaced it already."""
        with self._lock:
            if self._header == proof.header:
                self._header = ""

    def _fetch(self) -> None:
        asked_at = self._clock()
        try:
            reply = self._client.send(self._call())
        except TicketRefused as refused:
            # Spring's token endpoint answers a wrong password with 400 invalid_grant.
            raise DeskLockedOut(f"{refused}; check `auth:`") from refused
        said = reply.object()
        token, lives = said.get("access_token"), said.get("expires_in")
        if not isinstance(token, str) or not token:
            reply.doubt("was answered without an access_token")
        register_secret(token)
        seconds = float(lives) if isinstance(lives, int | float) else 0.0
        self._header = f"Bearer {token}"
        self._good_until = asked_at + seconds - min(_EARLY_SECONDS, seconds / 2)

    def _call(self) -> Call:
        auth = self._auth
        pair = b64encode(f"{auth['client_id']}:{auth['client_secret']}".encode()).decode()
        register_secret(pair)
        return Call(
            operation="log-in",
            method="POST",
            path="/api/oauth/token",
            form={
                "username": auth["username"],
                "password": auth["password"],
                "grant_type": "password",
            },
            headers={"Authorization": f"Basic {pair}"},
            repeatable=True,
        )
