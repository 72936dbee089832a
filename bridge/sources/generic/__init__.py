"""Senders without a module of their own: their bodies are described as data, not in Python."""

from bridge.sources.generic.presets import Preset, find_preset, list_presets
from bridge.sources.generic.section import TYPE, preset_source
from bridge.sources.generic.source import GenericSource

__all__ = ["TYPE", "GenericSource", "Preset", "find_preset", "list_presets", "preset_source"]
