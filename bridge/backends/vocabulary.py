"""From the words of the rules to a desk's own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Translates words field by field; a word that nobody translated is the desk's own already."""

    said: Mapping[str, Mapping[str, str]]  #: `values:` of the configuration
    usual: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  #: known of this product
    _folded: Mapping[str, Mapping[str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        folded: dict[str, dict[str, str]] = {}
        for words_of in (self.usual, self.said):  # what is said goes before what is usual
            for name, words in words_of.items():
                known = {word.casefold(): desks for word, desks in words.items()}
                folded.setdefault(name, {}).update(known)
        object.__setattr__(self, "_folded", folded)

    def say(self, name: str, word: str) -> str:
        """Give the desk's word for the public field `name`; upper and lower case are the same."""
        return self._folded.get(name, {}).get(word.casefold(), word)

    def known(self) -> Mapping[str, frozenset[str]]:
        """Give all words by field, those of the rules and the desk's own."""
        names = {*self.said, *self.usual}
        return {
            name: frozenset(word for pair in self._pairs(name) for word in pair) for name in names
        }

    def leading_to(self, name: str, desks: Collection[str]) -> frozenset[str]:
        """Give the words that say one of the desk's, and these themselves."""
        folded = {word.casefold() for word in desks}
        said = (word for word, own in self._pairs(name) if own.casefold() in folded)
        return frozenset([*desks, *said])

    def _pairs(self, name: str) -> Collection[tuple[str, str]]:
        return {**self.usual.get(name, {}), **self.said.get(name, {})}.items()
