"""bridge.yaml and the environment, read once into a frozen object."""

from bridge.settings.load import load_settings
from bridge.settings.model import (
    BackendSettings,
    ServerSettings,
    Settings,
    SourceSettings,
)

__all__ = [
    "BackendSettings",
    "ServerSettings",
    "Settings",
    "SourceSettings",
    "load_settings",
]
