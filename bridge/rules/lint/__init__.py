"""What is wrong with rules although they load, or says less than its author thinks."""

from bridge.rules.lint.desks import DeskWords, unknown_custom_fields, unknown_words
from bridge.rules.lint.report import Report, lint

__all__ = ["DeskWords", "Report", "lint", "unknown_custom_fields", "unknown_words"]
