"""What a loaded section makes of the parts of the adapter."""

from collections.abc import Mapping
from typing import Any

from bridge.backends.summit.container import USUAL, Writer
from bridge.backends.summit.customs import Customs
from bridge.backends.summit.demands import Demands
from bridge.backends.summit.ticket import Reader
from bridge.backends.vocabulary import Vocabulary


def vocabulary_of(section: Mapping[str, Any]) -> Vocabulary:
    """Give the words of a loaded section."""
    return Vocabulary(said=section["values"], usual=USUAL)


def reader_of(section: Mapping[str, Any]) -> Reader:
    """Make what reads the desk's records."""
    return Reader(
        url=section["url"],
        engineer=section["defaults"]["engineer"],
        token_field=section["token_field"],
    )


def writer_of(name: str, section: Mapping[str, Any]) -> Writer:
    """Make what writes the containers; `name` is the backend's, for `raw`."""
    defaults = section["defaults"]
    return Writer(
        name=name,
        updater=section["updater"],
        vocabulary=vocabulary_of(section),
        defaults=defaults,
        customs=Customs(
            group=section["custom_field_group"],
            groups=section["custom_field_groups"],
            token_field=section["token_field"],
        ),
        max_subject=section["max_subject"],
        demands=Demands(defaults=defaults, remarks_in_ticket=section["container"] == "string"),
    )
