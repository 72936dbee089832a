"""From the words of the rules to a desk's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Translates words field by field; a word that nobody translated is the desk's own already."""

    said: Mapping[str, Mapping[str, str]]  #: `values:` of the configuration
    usual: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  #: known of this product

    def say(self, name: str, word: str) -> str:
        """Give the desk's word for the public field `name`; upper and lower case are the same."""
        for words in (self.said.get(name, {}), self.usual.get(name, {})):
            folded = {known.casefold(): desks for known, desks in words.items()}
            if word.casefold() in folded:
                return folded[word.casefold()]
        return word
