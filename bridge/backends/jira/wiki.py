"""Texts for Jira Data Center, which shows them as wiki markup or as they are."""

import re
from typing import Final

#: What would tell a person, fetch a picture from elsewhere, or swallow the text after it:
#: [~name], !http://...!, {code} and the like.
_ACTIVE: Final = re.compile(r"(?<!\\)(?:\[(?=~)|!(?=https?:)|\{(?=[A-Za-z]+[:}]))")


def inert(text: str) -> str:
    """Give the text so that no markup in it does anything; what only looks different stays."""
    return _ACTIVE.sub(r"\\\g<0>", text)
