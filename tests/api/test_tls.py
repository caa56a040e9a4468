"""TLS of the server."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from api.server import bearer, key_of, serving
from certificates import certificate
from stanch.api.tls import STRICT, context_of
from stanch.model.errors import ConfigError


def agreed(server: ssl.SSLContext, client: ssl.SSLContext) -> tuple[str | None, str]:
    """Shake hands; return the version and the cipher agreed on."""
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    here, there = socket.socketpair()

    def answer() -> None:
        try:
            server.wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with client.wrap_socket(here) as line:
            told = line.cipher()
            assert told is not None
            return line.version(), told[0]
    finally:
        here.close()
        thread.join()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_new_versions_are_spoken_with_forward_secrecy_and_authenticated_ciphers(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.minimum_version = client.maximum_version = version
    _, cipher = agreed(context_of(*certificate(tmp_path)), client)
    assert "GCM" in cipher or "CHACHA20" in cipher
    assert version is ssl.TLSVersion.TLSv1_3 or cipher.startswith("ECDHE")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_and_weak_ciphers_are_not_spoken(tmp_path: Path) -> None:
    context = context_of(*certificate(tmp_path))
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    old, weak = (ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) for _ in range(2))
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    weak.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    for client in (old, weak):
        with pytest.raises(OSError):
            agreed(context, client)


def test_a_key_that_everybody_reads_or_that_does_not_belong_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    pem, key = certificate(tmp_path / "a")
    with pytest.raises(ConfigError, match="cannot be used"):
        context_of(pem, certificate(tmp_path / "b")[1])
    with pytest.raises(ConfigError, match="password"):
        context_of(*certificate(tmp_path / "c", "secret"))
    pem.chmod(0o600)
    with pytest.raises(ConfigError, match="cannot be used"):
        context_of(key, pem)
    key.chmod(0o604)
    with pytest.raises(ConfigError, match="chmod 600"):
        context_of(pem, key)


def test_over_tls_browsers_are_told_to_stay_there_and_plain_requests_get_nothing(tmp_path: Path) -> None:
    pem, key = certificate(tmp_path)
    secret = key_of(tmp_path / "home")
    with serving(tmp_path / "home", certificate=pem, certificate_key=key) as server:
        url = server.url.replace("http:", "https:")
        trusting = ssl.create_default_context(cafile=str(pem))
        with httpx.Client(base_url=url, verify=trusting, headers=bearer(secret)) as client:
            told = client.get("/v1/decisions")
        assert (told.status_code, told.headers[STRICT[0]]) == (200, STRICT[1])
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/health")  # who does not know the certificate does not speak
        with closing(socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), timeout=10)) as plain:
            plain.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
            assert b"HTTP/" not in plain.recv(1000)
