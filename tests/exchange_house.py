"""A home with an outbox and a vault, and a receiver on this machine that can fail in every way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from stanch.privacy.identity import Identity
from stanch.privacy.pseudonyms import pseudonym
from stanch.store.keys import KeyRing, open_keys
from stanch.store.records import Records
from stanch.store.rows import Commit, OutboxRow
from stanch.store.vault import SqliteVault

NOW = 1_772_000_000_000_000
ACCOUNT = "GB29NWBK60161331926819"
UETR = "eb6305c9-1f7f-49de-aed0-16487c27b42d"
SECRET = b"a secret of both sides"

#: What the receiver does with the next request: a status, "hang", "cut" (takes it, answers nothing), "slow" (does
#: ``before_answer`` first).
Plan = list[int | str]
Came = list[tuple[dict[str, str], bytes]]


@dataclass
class Receiver:
    """A house that takes webhooks: it keeps what came, and does next what ``plan`` says (else 200)."""

    address: str
    plan: Plan
    came: Came
    before_answer: Callable[[], object] = lambda: None  #: called once a message has come whose plan is "slow"

    def ids(self) -> list[str]:
        return [headers["Stanch-Id"] for headers, _ in self.came]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    gone, plan, came = threading.Event(), Plan(), Came()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((dict(self.headers), body))
            act = plan.pop(0) if plan else 200
            if act == "slow":
                taking.before_answer()
                act = 200
            if act == "hang":
                gone.wait(5)
            if isinstance(act, str):
                self.connection.close()
                return
            self.send_response(act)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (OSError, ValueError):  # a connection cut on purpose
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taking = Receiver(f"http://127.0.0.1:{server.server_port}/orders", plan, came)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield taking
    gone.set()
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class House:
    """Our side: a home with a log whose outbox holds what a test puts there."""

    home: Path
    ring: KeyRing
    vault: SqliteVault
    account: bytes

    def put(self, *rows: OutboxRow) -> None:
        with Records.open(self.home) as records:
            first = records.last_seq() + 1
            records.commit(Commit(first, first, NOW + first, NOW + first, "policy", b"block", outbox=rows))

    def order(self, number: int = 1, **changed: object) -> OutboxRow:
        body = {
            "order": f"o{NOW}-{number}",
            "measure": "stop",
            "account": self.account.hex(),
            "institution": "bank_b",
            "amount": 123_456,
            "currency": "EUR",
            "payments": [f"pacs.008:{UETR}"],
            "basis": "Anti-Fraud Act, article 20",
            "power": "police",
            "person": "employee 7",
            "reason": "reported as fraud",
            "until": NOW * 2,
            "objection": "write to the centre within 10 days",
        }
        return OutboxRow(f"x{number}", number, "order", msgspec.json.encode(body | changed).decode(), NOW + number)

    def notice(self, number: int = 1, **changed: object) -> OutboxRow:
        body = {
            "order": f"o{NOW}-{number}",
            "step": 4,
            "measure": "stop",
            "state": "in_force",
            "account": self.account.hex(),
            "institution": "bank_b",
            "until": NOW * 2,
            "texts": {
                "en": "1,234.56 EUR on your account cannot be paid out.",
                "zh": "您账户内 1,234.56 EUR 暂停支付。",
            },
        }
        return OutboxRow(f"n{number}", number, "notice", msgspec.json.encode(body | changed).decode(), NOW + number)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    home = tmp_path / "home"
    home.mkdir()
    ring = open_keys(home)
    vault = SqliteVault(home / "vault.db", ring.vault)
    name = pseudonym(ring.keys, "account", ACCOUNT)
    vault.put([Identity(name, "account", "account", ACCOUNT)])
    yield House(home, ring, vault, name)
    vault.close()


@pytest.fixture
def config_file(tmp_path: Path, receiver: Receiver) -> Callable[..., Path]:
    def write(way: str = "webhook", retry: str = "{first: 10s, attempts: 3, timeout: 1s}") -> Path:
        secret = tmp_path / "bank_b.secret"
        secret.write_bytes(SECRET)
        secret.chmod(0o600)
        ways = {
            "webhook": f"{{webhook: '{receiver.address}', secret_file: bank_b.secret}}",
            "folder": "{folder: out, bic: NWBKGB2L}",
        }
        path = tmp_path / "send.yaml"
        path.write_text(
            f"sender: {{name: Anti-fraud centre}}\ninstitutions:\n  bank_b: {ways[way]}\n"
            f"topics:\n  decision: {ways['webhook']}\nretry: {retry}\n"
        )
        return path

    return write
