"""Refusing a call that breaks the vendor's rules."""

import re
from typing import ClassVar, Final

_ADDRESS: Final = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(?:\.[^@\s,;<>.]+)+")


class Refused(Exception):
    """A call that broke a rule; the message names the field and what the vendor wants of it."""

    #: The HTTP status, at a vendor that uses them.
    status: ClassVar[int] = 400


def is_address(value: object) -> bool:
    """Tell whether this is one e-mail address, alone."""
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None
