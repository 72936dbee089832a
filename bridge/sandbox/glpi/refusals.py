"""GLPI's refusals: a status, and a list of a code and what it means.

https://github.com/glpi-project/glpi/blob/10.0/bugfixes/apirest.md#errors
"""

from bridge.sandbox.refusal import Refused


class GlpiError(Refused):
    """A call that broke a rule."""

    def __init__(self, code: str, message: str, http_status: int = 400) -> None:
        self.code = code
        self.http_status = http_status
        super().__init__(message)


class Expired(GlpiError):
    """A session that was good once: no rule is broken, the client has to open another."""

    def __init__(self) -> None:
        super().__init__("ERROR_SESSION_TOKEN_INVALID", "session_token is invalid", 401)


def bad(code: str, message: str) -> GlpiError:
    """Refuse what is wrong in itself."""
    return GlpiError(code, message, 400)


def unauthorized(code: str, message: str) -> GlpiError:
    """Refuse who calls."""
    return GlpiError(code, message, 401)


def missing() -> GlpiError:
    """Say that there is no such item."""
    return GlpiError("ERROR_ITEM_NOT_FOUND", "Item not found", 404)
