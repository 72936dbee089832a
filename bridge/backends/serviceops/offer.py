"""What a ServiceOps desk says that it has; what may not be read is left out."""

from collections.abc import Mapping

from bridge.backends.desk import Offer
from bridge.backends.serviceops.api import Api
from bridge.backends.serviceops.calls import Calls
from bridge.backends.serviceops.dialect import Dialect
from bridge.backends.serviceops.form import Form
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.errors import DeskLockedOut, TicketRefused


def offer_of(api: Api, calls: Calls, form: Form, dialect: Dialect, vocabulary: Vocabulary) -> Offer:
    """Ask for the priorities and for the form's fields; raise DeskError.

    The other levels are not listed anywhere; the older API names them all.
    """
    enumerated = {
        name: vocabulary.leading_to(name, own)
        for name, own in dialect.enums.items()
        if name != "priority"
    }
    words = {**enumerated, **_priorities(api, calls, vocabulary)}
    return Offer(words=words, custom_fields=form.names())


def _priorities(api: Api, calls: Calls, vocabulary: Vocabulary) -> Mapping[str, frozenset[str]]:
    try:
        _, said = api.ask(calls.priorities())
    except (DeskLockedOut, TicketRefused):
        return {}  # `check` has logged in: it is the list that is not for us
    rows = said.get("objectList")
    listed = rows if isinstance(rows, list) else []
    names = [row.get("name") for row in listed if isinstance(row, Mapping)]
    words = vocabulary.leading_to("priority", [str(name) for name in names if name])
    return {"priority": words} if words else {}
