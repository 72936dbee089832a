"""Bearer tokens that a stand-in desk gives and takes back."""

import hmac
import time
from typing import Final

LIFETIME_SECONDS: Final = 7199
_LIFETIME_NS: Final = LIFETIME_SECONDS * 1_000_000_000


class Tokens:
    """The tokens of one desk; safe to call from any thread.

    A token says itself when it was given, signed, so that it outlives the process as a real desk's
    does.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._all_expired_at = 0

    def give(self) -> str:
        """Make a token."""
        given_at = str(time.time_ns())
        return f"{given_at}.{self._signature(given_at)}"

    def is_ours(self, token: str) -> bool:
        """Tell whether a token was ever given."""
        given_at, _, signature = token.partition(".")
        return given_at.isdecimal() and signature == self._signature(given_at)

    def is_expired(self, token: str) -> bool:
        """Tell whether one of our tokens is past its time."""
        given_at = int(token.partition(".")[0])
        return given_at <= max(self._all_expired_at, time.time_ns() - _LIFETIME_NS)

    def expire(self) -> None:
        """Let every token given so far expire now."""
        self._all_expired_at = time.time_ns()

    def _signature(self, given_at: str) -> str:
        return hmac.new(self._key, given_at.encode(), "sha256").hexdigest()
