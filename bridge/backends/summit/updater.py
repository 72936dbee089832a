"""Who the bridge writes as: it decides the page, and which of two texts is the symptom.

https://help.symphonysummitai.com/summit-platform/docs/create-or-update-an-incident, Updater,
PageName, Description and Information.
"""

from collections.abc import Mapping
from typing import Final

EXECUTIVE: Final = "Executive"
CALLER: Final = "Caller"
PAGES: Final[Mapping[str, str]] = {EXECUTIVE: "TicketDetail", CALLER: "LogTicket"}


def placed(updater: str, first: str, second: str) -> tuple[str, str]:
    """Turn symptom and description into Description and Information, or these into those.

    An analyst's Description is the symptom, a caller's is the description.
    """
    return (second, first) if updater == CALLER else (first, second)
