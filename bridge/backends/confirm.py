"""The one visit to a sender: it asked for it, and sends nothing before."""

from urllib.parse import urlsplit

import requests
import structlog

_SECONDS = (3.0, 7.0)  #: to connect and to be answered; the sender waits for our own answer

_log = structlog.stdlib.get_logger(__name__)


def confirm(address: str) -> None:
    """GET an address that the source has checked, once, and log what came of it; never raise.

    The address holds a token, so that only its host is ever told.
    """
    host = urlsplit(address).hostname
    refused = _refused(address)
    if refused is None:
        _log.info("subscription confirmed", host=host)
    else:
        _log.error(
            "subscription not confirmed",
            host=host,
            reason=refused,
            remedy="replay the confirmation from the inbox, or confirm it at the sender",
        )


def _refused(address: str) -> str | None:
    """Make the visit; None when it was welcome."""
    with requests.Session() as session:
        # Neither a proxy nor a netrc of the environment, and no redirect to anywhere else.
        session.trust_env = False
        try:
            with session.get(
                address, timeout=_SECONDS, allow_redirects=False, stream=True
            ) as answer:
                return None if answer.status_code == 200 else f"answered {answer.status_code}"
        except requests.RequestException as exc:
            return type(exc).__name__
