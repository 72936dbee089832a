"""Jira's refusals: a status and, in the body, what it says in general and of fields."""

from collections.abc import Mapping
from typing import ClassVar

from bridge.sandbox.refusal import Refused


class BadRequest(Refused):
    """A body that breaks a rule, said field by field where it is a field's."""

    def __init__(self, message: str = "", errors: Mapping[str, str] | None = None) -> None:
        self.message = message
        self.errors = errors or {}
        parts = [message, *(f"{field}: {said}" for field, said in self.errors.items())]
        super().__init__("; ".join(part for part in parts if part))


class Unauthorized(BadRequest):
    """A call by nobody who is known."""

    status: ClassVar[int] = 401


class Forbidden(BadRequest):
    """A right that is missing."""

    status: ClassVar[int] = 403


class Captcha(Forbidden):
    """Somebody who has to show first that they are a person."""


class NotFound(BadRequest):
    """An issue that is not there, or that this account may not see."""

    status: ClassVar[int] = 404


class Removed(BadRequest):
    """A part of the API that there once was."""

    status: ClassVar[int] = 410


class Unsupported(BadRequest):
    """A body in another form."""

    status: ClassVar[int] = 415


def refusal(refused: Refused) -> dict[str, object]:
    """Write the body of a refusal."""
    if not isinstance(refused, BadRequest):
        return {"errorMessages": [str(refused)], "errors": {}}
    return {"errorMessages": [refused.message] if refused.message else [], "errors": refused.errors}
