"""What tells one alert of a sender from another."""

import hashlib
from collections.abc import Mapping

#: Alertmanager's own are 16 characters, PagerDuty's and hashes 64.
LONGEST_FINGERPRINT = 64

_OFFSET = 14695981039346656037
_PRIME = 1099511628211
_WORD = (1 << 64) - 1


def fingerprint_of(labels: Mapping[str, str]) -> str:
    """Compute it as Alertmanager does: FNV-1a-64 over the labels by name, each part ended by 0xFF.

    https://github.com/prometheus/common/blob/main/model/signature.go; an empty label is no label.
    """
    told = sorted((name.encode(), value.encode()) for name, value in labels.items() if value)
    digest = _OFFSET
    for byte in b"".join(part + b"\xff" for label in told for part in label):
        digest = (digest ^ byte) * _PRIME & _WORD
    return f"{digest:016x}"


def bounded(identity: str) -> str:
    """Give the sender's own identity of an alert, or a hash of one too long to be stored."""
    if len(identity) <= LONGEST_FINGERPRINT:
        return identity
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
