"""YAML mapping rules: read, compiled, and asked what an alert should become."""

from bridge.rules.book import Rules
from bridge.rules.loader import load_rules

__all__ = ["Rules", "load_rules"]
