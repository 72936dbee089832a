"""The keys of ServiceOps' bodies: where each goes in the record, and how it is read.

gen-1's are those of "Create an Incident" and "Update an Incident" (Flotomate/product_docs), gen-2's
those of https://docs.motadata.com/serviceops-docs.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from bridge.sandbox.serviceops.fields import read_by_id, read_by_label
from bridge.sandbox.serviceops.uploads import attachments, references
from bridge.sandbox.serviceops.values import (
    address,
    addresses,
    choice,
    flag,
    full_text,
    rich_text,
    text,
    texts,
)
from bridge.sandbox.serviceops.words import LOCATIONS, NAMES, enum_of

_Read = Callable[[object, str], object]
#: A key's name in the record (empty: it is checked and forgotten), and its reader.
Key = tuple[str, _Read]


def by_enum(field: str) -> Key:
    """Read one of gen-1's enums."""
    by_word = {enum_of(name): name for name in NAMES[field]}

    def read(value: object, key: str) -> str:
        return by_word[choice(value, key, tuple(by_word))]

    return field, read


def by_name(field: str) -> Key:
    """Read one of the names that people see."""
    return field, partial(_choose, NAMES[field])


def _choose(known: tuple[str, ...], value: object, key: str) -> str:
    return choice(value, key, known)


def _location(value: object, key: str) -> str:
    return choice(value, key, LOCATIONS)


#: What both dialects take, whenever.
COMMON: Final[Mapping[str, Key]] = {
    "subject": ("subject", full_text),
    "categoryName": ("category", full_text),
    "locationName": ("location", _location),
    "tags": ("tags", texts),
}
#: What only gen-1 has, or reads in its own way.
GEN1_ONLY: Final[Mapping[str, Key]] = {
    "description": ("description", text),
    "impact": by_enum("impact"),
    "priority": by_enum("priority"),
    "urgency": by_enum("urgency"),
    "attachmentsRefNames": ("files", references),
    "customFieldValueDetails": ("custom_fields", read_by_id),
}
#: What gen-1 takes in an update only.
GEN1_UPDATE: Final[Mapping[str, Key]] = {"spam": ("", flag), "status": by_name("status")}
#: Who a ticket is for; a create alone takes it.
WHO: Final[Mapping[str, Key]] = {
    "requesterEmail": ("requester", address),
    "requesterName": ("", text),
}
#: Who is told; gen-1 takes it in a create alone, gen-2 whenever.
COPIES: Final[Mapping[str, Key]] = {"ccEmailSet": ("cc", addresses)}
#: What only gen-2 has, or reads in its own way, as far as it is public. The vendor's own people
#: send a description in HTML and are shown it without (war10ck89/Motadata-ServiceOps, 2025).
GEN2_ONLY: Final[Mapping[str, Key]] = {
    "description": ("description", rich_text),
    "statusName": by_name("status"),
    "impactName": by_name("impact"),
    "priorityName": by_name("priority"),
    "urgencyName": by_name("urgency"),
    "assigneeEmail": ("assignee", address),
    "technicianGroupName": ("workgroup", text),
    "spam": ("", flag),
    "fileAttachments": ("files", attachments),
    "customField": ("custom_fields", read_by_label),
}
