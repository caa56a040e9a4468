"""Signatures of webhooks: who sent a body and when, checked without trust in the way it came.

The signed text is ``id.timestamp.body``; the signature is HMAC-SHA256 under a secret that both sides hold.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

from stanch.model.errors import InputError
from stanch.model.time import MINUTE, SECOND

ID: Final = "Stanch-Id"
TIMESTAMP: Final = "Stanch-Timestamp"
SIGNATURE: Final = "Stanch-Signature"
_VERSION: Final = "v1="
#: A message older than this, or from as far ahead, is a replay or a wrong clock.
WINDOW: Final = 5 * MINUTE
_SECONDS: Final = 12  # digits of a timestamp, generously


def sign(secret: bytes, id_: str, body: bytes, now: int) -> dict[str, str]:
    """Return the headers of a body sent now (UTC microseconds)."""
    timestamp = str(now // SECOND)
    return {ID: id_, TIMESTAMP: timestamp, SIGNATURE: _VERSION + _mac(secret, id_, timestamp, body)}


def verify(secret: bytes, headers: Mapping[str, str], body: bytes, now: int, window: int = WINDOW) -> str:
    """Return the id of a message that is genuine and recent. Raises InputError.

    The id is signed too: the receiver keeps the ids it has taken and answers a second one like the first.
    """
    found = {name.lower(): value for name, value in headers.items()}
    id_, timestamp, signature = (found.get(name.lower(), "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > _SECONDS or not id_:
        raise InputError(f"no {ID} or no {TIMESTAMP} in whole seconds; send the headers that sign() makes")
    if not hmac.compare_digest(signature.encode(), (_VERSION + _mac(secret, id_, timestamp, body)).encode()):
        raise InputError("the signature does not fit the body; check that both sides hold the same secret")
    if abs(now - int(timestamp) * SECOND) > window:
        raise InputError(f"sent more than {window // SECOND} seconds from now; send it again, or mend the clock")
    return id_


def _mac(secret: bytes, id_: str, timestamp: str, body: bytes) -> str:
    return hmac.digest(secret, b".".join((id_.encode(), timestamp.encode(), body)), "sha256").hex()
