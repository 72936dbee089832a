"""Alertmanager's identity of an alert, for senders that leave it out."""

from collections.abc import Mapping

_OFFSET = 14695981039346656037
_PRIME = 1099511628211
_WORD = (1 << 64) - 1


def fingerprint_of(labels: Mapping[str, str]) -> str:
    """Compute FNV-1a-64 over the labels by name, each name and value ended by a 0xFF.

    https://github.com/prometheus/common/blob/main/model/signature.go; an empty label is no label.
    """
    told = sorted((name.encode(), value.encode()) for name, value in labels.items() if value)
    digest = _OFFSET
    for byte in b"".join(part + b"\xff" for label in told for part in label):
        digest = (digest ^ byte) * _PRIME & _WORD
    return f"{digest:016x}"
