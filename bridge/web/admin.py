"""Who may use API and console, and from where."""

from flask import Blueprint, request
from werkzeug.exceptions import Forbidden

from bridge.web.auth import Guard, demand_proof

_READING = ("GET", "HEAD")
#: What a browser says of a request that no page of ours has made; https://w3.org/TR/fetch-metadata
_FOREIGN = ("cross-site", "same-site")


def protect(routes: Blueprint, guard: Guard | None) -> None:
    """Demand the guard's proof, if there is one, and let no other site's page change anything."""

    @routes.before_request
    def demand() -> None:
        if guard is not None:
            demand_proof(guard, request, request.get_data)
        # A browser adds its user's password to whatever request another site makes it send.
        if request.method not in _READING and _is_foreign():
            raise Forbidden("another site's page asked for this; use the bridge's own address")


def _is_foreign() -> bool:
    """Say whether a browser sends this for another site's page."""
    said = request.headers.get("Sec-Fetch-Site")
    if said is not None:
        return said in _FOREIGN
    # Browsers say that to HTTPS and loopback only; the page's origin they tell every server.
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2] != request.host


def who() -> str:
    """Name the caller, as far as it said, for the timeline."""
    said = request.authorization
    name = said.username if said is not None else None
    return f"{name}, by the API" if name else "the API"
