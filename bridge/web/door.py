"""Where callers are let in: by where they are, then by what they prove."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Request
from werkzeug.exceptions import Forbidden, HTTPException, TooManyRequests

from bridge.domain.ports import Source
from bridge.web.address import Address, Network, client_address, is_in
from bridge.web.auth import Guard, ReadBody, Unproven
from bridge.web.failures import Failures


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedSource:
    """A source, and who may speak for it."""

    source: Source
    guard: Guard
    allow: Sequence[Network] = ()  #: where it may be spoken for; anywhere when empty


class Slowed(TooManyRequests):
    """An address failed to prove itself too often; right credentials are taken all the same."""

    def __init__(self, stay_away: timedelta) -> None:
        super().__init__(
            "the credentials are missing or wrong, as they have been too often; correct the "
            "caller's, which are taken at once",
            retry_after=max(1, round(stay_away.total_seconds())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Lets callers in who are where, and whom, they should be."""

    trusted_proxies: Sequence[Network]
    failures: Failures

    def admit(self, guarded: GuardedSource, request: Request, read_body: ReadBody) -> None:
        """Raise Forbidden, Unproven or Slowed unless the request may speak for the source."""
        self.demand_place(guarded, request)
        if not guarded.guard.admits(request, read_body):
            raise self.refusal(request, Unproven(guarded.guard.challenges))

    def demand_place(self, guarded: GuardedSource, request: Request) -> None:
        """Raise Forbidden when the source is not spoken for from there."""
        if not guarded.allow:
            return
        address = self._address(request)
        if not is_in(address, guarded.allow):
            raise Forbidden(
                f"{address or 'an unknown address'} may not send to this source; see its `allow:`, "
                "and `server.trusted_proxies` if that is a proxy"
            )

    def refusal(self, request: Request, refusal: HTTPException) -> HTTPException:
        """Count a caller who proved nothing; give the answer that it deserves by now."""
        stay_away = self.failures.add(self._address(request))
        return refusal if stay_away is None else Slowed(stay_away)

    def _address(self, request: Request) -> Address | None:
        forwarded_for = ",".join(request.headers.getlist("X-Forwarded-For"))
        return client_address(request.remote_addr or "", forwarded_for, self.trusted_proxies)
