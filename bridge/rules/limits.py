"""How much a rule may do with one alert; far above use, far below harm."""

MAX_SUBJECT = 250  #: characters
MAX_TEXT = 30_000  #: characters of any other field
MAX_SEEN = 100_000  #: characters of a label or annotation that templates see
MAX_WORK = 400_000  #: characters of a value inside a template
MAX_ITEMS = 1000  #: turns of a loop
MAX_TEMPLATE = 20_000  #: characters of a template
MAX_SECONDS = 0.5  #: for one template
MAX_KEY = 500  #: characters; a longer key is cut and told apart by its digest


class TooMuch(Exception):
    """A template went past what it may do; the message says with what."""


def cut(text: str, characters: int) -> str:
    """Cut a text to so many characters, saying so by an ellipsis."""
    return text if len(text) <= characters else f"{text[: characters - 1]}…"
