"""What came of the same question before: whoever reads the same gives the same."""

from collections.abc import Callable, Collection, Sequence
from typing import Generic, NamedTuple, TypeVar

from bridge.domain.spec import CustomField
from bridge.expressions import Read
from bridge.rules.tables import Key

T = TypeVar("T")

#: (owner, member) of everything that something reads, each of it a text.
Reads = Sequence[tuple[str, str]]
#: The id of who asks, and the texts that make the difference; None is what is missing.
Question = tuple[object, ...]

#: Of what templates name: where every member is a text, and the texts of the alert itself.
_TEXTS = ("labels", "annotations", "group", "links")
_OF_ALERT = frozenset(("name", "fingerprint", "status", "source"))
OWNERS = ("alert", *_TEXTS)  #: whose members can be texts

#: Characters of a question and of what came of it. With the number of those that are kept, it
#: bounds the memory that they take.
LONGEST_KEPT = 1000
MOST_KEPT = 4096


def texts_read(reads: Collection[Read]) -> Reads | None:
    """Give what to remember an outcome by; None: it depends on more than some texts."""
    told = {("alert", "source") if read == ("source", None) else read for read in reads}
    texts = [(owner, member) for owner, member in told if member is not None]
    return sorted(texts) if len(texts) == len(told) and all(map(_is_text, texts)) else None


def _is_text(read: tuple[str, str]) -> bool:
    owner, member = read
    return owner in _TEXTS or (owner == "alert" and member in _OF_ALERT)


class Outcome(NamedTuple, Generic[T]):
    """A value, and the keys that tables had no row for on the way to it."""

    value: T
    misses: Sequence[tuple[int, Key]] = ()  #: with the number of the table


class Recent(Generic[T]):
    """What was kept or asked for lately: two generations, each of so many at most.

    Threads share it without a lock: they may lose what another one keeps, and nothing else.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._young: dict[object, T] = {}
        self._old: dict[object, T] = {}

    def get(self, key: object) -> T | None:
        """Give what was kept, if it still is."""
        value = self._young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self.keep(key, value)
        return value

    def keep(self, key: object, value: T) -> None:
        """Keep a value, and forget what nobody asked for while so many others were kept."""
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
        self._young[key] = value


class Memo(Generic[T]):
    """Remembers outcomes that are small, and that nobody can change."""

    def __init__(self, size: Callable[[T], float]) -> None:
        self._size = size
        self._recent: Recent[Outcome[T]] = Recent(MOST_KEPT)
        self.recall = self._recent.get

    def keep(self, question: Question, outcome: Outcome[T]) -> None:
        """Remember, if it is worth the room."""
        room = LONGEST_KEPT - self._size(outcome.value)
        for part in question:
            room -= len(part) if type(part) is str else 1
        for _, key in outcome.misses:
            room -= sum(map(len, key))
        if room >= 0:
            self._recent.keep(question, outcome)


def characters(value: object) -> float:
    """Count; what could be changed later by whom it is given to is endless."""
    match value:
        case str():
            return len(value)
        case tuple():
            return sum(map(characters, value))
        case CustomField(value=inner):
            return characters(inner)
        case None | bool() | int() | float():
            return 1
        case _:
            return float("inf")
