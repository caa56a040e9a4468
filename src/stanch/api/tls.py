"""TLS of the server: 1.2 and 1.3, forward secrecy and authenticated ciphers only, a key that not everybody reads."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

from stanch.model.errors import ConfigError

#: Of TLS 1.2; the ciphers of 1.3 are all of this kind.
_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
#: Groups may read the key, as distributions have it for servers; everybody else may not.
_EVERYBODY: Final = 0o007
#: What browsers are told where TLS is ours: never to come back without it, for a year.
STRICT: Final = ("strict-transport-security", "max-age=31536000; includeSubDomains")


def context_of(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the context of a certificate and its key, PEM files. Raises ConfigError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    try:
        if key.stat().st_mode & _EVERYBODY:
            raise ConfigError(f"{key}: everybody may read or write it; run chmod 600 on it")
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ConfigError(
            f"{certificate}, {key}: cannot be used for TLS ({error}); write PEM files that belong together, "
            "the key without a password"
        ) from None
    return context


def _no_password() -> str:
    raise ValueError("the key asks for a password")
