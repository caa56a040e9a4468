"""Files of secrets: read whole, and only where nobody else can read them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from stanch.model.errors import ConfigError

_OTHERS: Final = 0o077
#: Bytes of a secret that signs.
SIGNING_BYTES: Final = 16


def read_secret(path: Path, least: int = SIGNING_BYTES) -> bytes:
    """Return a secret of ``least`` bytes. Raises ConfigError where its file is missing, open to others or too short."""
    try:
        if path.stat().st_mode & _OTHERS:
            raise ConfigError(f"{path}: others may read or write it; run chmod 600 on it")
        secret = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name an existing secret file") from None
    if len(secret) < least:
        raise ConfigError(f"{path}: a secret of {len(secret)} bytes; write {least} or more")
    return secret
