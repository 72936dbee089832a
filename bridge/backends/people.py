"""Whether a person has written over what the bridge wrote."""

import html
import re
from collections.abc import Mapping

_TAG = re.compile(r"<[^<>]{0,500}>")


def written_over(told: Mapping[str, str], shown: Mapping[str, str]) -> frozenset[str]:
    """Name the fields in which the desk shows something else than it was told.

    A field that the desk does not show is as it was told.
    """
    return frozenset(
        name
        for name, text in told.items()
        if shown.get(name) and _plain(text) != _plain(shown[name])
    )


def _plain(text: str) -> str:
    """Leave out what desks change by themselves: markup, spaces, upper and lower case."""
    return "".join(html.unescape(_TAG.sub("", text)).split()).casefold()
