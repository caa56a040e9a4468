"""Homes as releases wrote them: what is kept of each, and what it told.

``PYTHONPATH=src:tests python tests/homes/released.py`` writes ``tests/homes/VERSION/home.tar.xz`` with the code that is
installed. Once a release is out its file never changes: it is what later releases must open.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec

from engine.test_follow import MINUTES, STOLEN, answer, approval, book, reported
from small_events import Row, event, fan_in, transfer, write_events
from stanch.engine.answers import Answers, answers_of
from stanch.engine.backtest import rerun
from stanch.engine.names import OURSELVES, Names
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.rules import read_rules
from stanch.model.time import HOUR, SECOND
from stanch.store.records import Records

HERE = Path(__file__).parent
#: In the archive: the home, what it had told, what it told to later events, and its tables.
HOME, TOLD, LATER, TABLES, ROWS = "home", "told.ndjson", "later.ndjson", "tables.json", "later.parquet"


def earlier() -> list[Row]:
    """Return events of a morning: an ordinary bank, gangs that collect, stolen money and its report."""
    calls = [
        event(f"call-{n}", 40 * n, "call_started", src="card:+8613800000001", dst=f"card:+861390000{n:04}", duration=30)
        for n in range(60)
    ]
    texts = [
        event(f"sms-{n}", 50 * n + 7, "sms", src="card:+8613800000002", dst=f"card:+861390000{n:04}", text=text)
        for n, text in enumerate(("您的验证码是 1234", "dinner at eight?", "refund waits, call +86 138 0000 0001") * 5)
    ]
    ordinary = [transfer(f"pay-{n}", 20 * n + 3, f"client-{n % 25}", f"shop-{n % 9}", 5_000 + n) for n in range(120)]
    collected = [row for n in range(3) for row in fan_in(900 * n + 1, payee=f"mule-{n}")]
    return by_time([*STOLEN, reported("report", 20 * MINUTES, "pay"), *calls, *texts, *ordinary, *collected])


def later() -> list[Row]:
    """Return events of the hours after: what the state that was kept must know to decide them."""
    start = 5 * HOUR / SECOND
    more = [
        {**row, "event_id": f"more-{row['event_id']}"}
        for n in range(3)
        for row in fan_in(start + 900 * n, payee=f"mule-{n}", payers=10)
    ]
    again = [transfer(f"later-{n}", start + 30 * n, "mule-2", "shop", 100_000) for n in range(10)]
    return by_time([*more, *again, reported("report-2", start + 600, "on", payee="mule-2", amount=300_000)])


def by_time(rows: Sequence[Row]) -> list[Row]:
    """Return events in the order in which they became known."""
    return sorted(rows, key=lambda row: int(str(row["known_at"])))


def take_in(home: Path, file: Path, *, snapshot: bool = False) -> None:
    """Let a home decide on the events of a file."""
    with open_home(home) as opened:
        replay(opened, [file])
        if snapshot:
            opened.snapshot()


def told(home: Path) -> list[bytes]:
    """Return what a home told to each event that was sent, in the order of its log."""
    with Records.read(home) as records:
        found = Answers(records, _names(records)).at(set(range(records.last_seq() + 1)))
    return [msgspec.json.encode(found[seq]) for seq in sorted(found) if found[seq].source != OURSELVES]


def told_again(home: Path) -> list[bytes]:
    """Return what the code here tells when it decides the log of a home anew, under the rules that the log holds."""
    with Records.read(home) as records:
        names, rules = _names(records), read_rules(records.policies()[-1].body)
        return [
            msgspec.json.encode(each)
            for outcome in rerun(records, rules)
            for each in answers_of(outcome, names, rules.catalogue)
        ]


def tables(home: Path) -> dict[str, list[dict[str, object]]]:
    """Return the rows beside the log: measures, steps of orders, notices and messages to send."""
    with Records.read(home) as records:
        rows: dict[str, Sequence[msgspec.Struct]] = {
            "measures": records.measures(), "order_steps": records.order_steps(), "notices": records.notices(),
            "outbox": records.pending_outbox(),
        }  # fmt: skip
        return {name: [msgspec.to_builtins(row) for row in found] for name, found in rows.items()}


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpack the archive of a release into a folder; return the home in it."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    for path in (folder / HOME).iterdir():
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder / HOME


def make(archive: Path) -> None:
    """Write the archive of the code that is installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home, first = folder / HOME, write_events(folder / "first.parquet", earlier())
        take_in(home, first, snapshot=True)
        with open_home(home) as opened:
            largest = max((order for order in book(opened) if order.measure == "stop"), key=lambda o: o.amount)
        acts = [approval(largest, 100 * MINUTES), answer(largest, 110 * MINUTES)]
        take_in(home, write_events(folder / "acts.parquet", [*acts, *by_time(fan_in(7_000, payee="mule-9"))]))
        (folder / TOLD).write_bytes(b"\n".join(told(home)))
        (folder / TABLES).write_bytes(msgspec.json.encode(tables(home)))
        other = shutil.copytree(home, folder / "other")
        take_in(other, write_events(folder / ROWS, later()))
        (folder / LATER).write_bytes(b"\n".join(told(other)))
        archive.parent.mkdir(exist_ok=True)
        with tarfile.open(archive, "w:xz") as tar:
            for kept in (HOME, TOLD, LATER, TABLES, ROWS):
                tar.add(folder / kept, kept, filter=_nobodys)


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out who made a file and when, and what is empty beside a closed database."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return None if member.name.endswith(("-wal", "-shm", ".lock")) else member


def _names(records: Records) -> Names:
    names = Names()
    for block in records.blocks():
        names.load(block.block.new_entities, list(block.block.new_symbols))
    return names


if __name__ == "__main__":
    place = HERE / version("stanch") / "home.tar.xz"
    if place.exists():
        sys.exit(f"{place} is there; a release that is out keeps its home")
    make(place)
