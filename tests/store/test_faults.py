import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from stanch.model.errors import StoreError
from stanch.store.blocks import encode_block
from stanch.store.place import LOG_FILE
from stanch.store.records import Records
from stanch.store.rows import Commit

PROCESS = Path(__file__).with_name("writing_process.py")


def batch(first: int, size: int = 50) -> Commit:
    noise = np.random.default_rng(first).integers(0, 2**62, size)  # does not compress
    body = encode_block({"seq": np.arange(first, first + size), "amount": noise}, np.zeros((0, 2), np.uint64), [])
    return Commit(first, first + size - 1, first, first + size, "p", body)


def start(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, str(PROCESS), str(home)], stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own file


def promised_until_killed(home: Path, seconds: float) -> int:
    """Let a process write for a while, kill it, and return the last position it said was saved."""
    process = start(home)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    said = [first, *process.stdout.read().splitlines(keepends=True)]
    process.wait()
    process.stdout.close()
    return int([line for line in said if line.endswith("\n")][-1])


def test_a_kill_at_any_moment_loses_nothing_that_was_promised(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - moments, not secrets
    for _ in range(4):
        promised = promised_until_killed(tmp_path, chance.uniform(0, 0.15))
        with Records.open(tmp_path) as records:
            last = records.last_seq()
            seqs = np.concatenate([np.asarray(b.block.columns["seq"]) for b in records.blocks()])
            starts = [b.first_seq for b in records.blocks()]
            messages = [row.seq for row in records.pending_outbox(10**6)]
            marks = records.progress()
        assert last >= promised
        assert np.array_equal(seqs, np.arange(last + 1))
        assert messages == starts
        assert marks == {"f": str(starts[-1])}


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    process = start(tmp_path)
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(StoreError, match=f"id {process.pid}"):
        Records.open(tmp_path)
    process.kill()
    process.wait()
    process.stdout.close()
    Records.open(tmp_path).close()


def test_a_full_database_keeps_what_it_has_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with Records.open(tmp_path) as records:
        for at in range(3):
            records.commit(batch(50 * at))
        connection = records._open_connection().connection.driver_connection
        assert connection is not None
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StoreError, match="disk is full"):
            records.commit(batch(150, 5000))
        assert records.last_seq() == 149
        connection.execute(f"PRAGMA max_page_count={pages + 1000}")
        records.commit(batch(150, 5000))
        assert [b.first_seq for b in records.blocks()] == [0, 50, 100, 150]


def test_a_disk_that_refuses_to_write_keeps_what_was_saved(tmp_path: Path) -> None:
    with Records.open(tmp_path) as records:
        records.commit(batch(0))
        size = (tmp_path / f"{LOG_FILE}-wal").stat().st_size
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, limits[1]))
        try:
            with pytest.raises(StoreError, match="disk"):
                records.commit(batch(50, 50_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, ignored)
    with Records.open(tmp_path) as records:
        assert records.last_seq() == 49
        records.commit(batch(50, 50_000))


def test_a_locked_database_is_an_error_that_says_so(tmp_path: Path) -> None:
    with Records.open(tmp_path, patience=0.05) as records:
        records.commit(batch(0))
        other = sqlite3.connect(tmp_path / LOG_FILE)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program holds"):
            records.commit(batch(50))
        other.rollback()
        other.close()
        records.commit(batch(50))
        assert records.last_seq() == 99


def test_a_damaged_block_is_named_and_never_returned(tmp_path: Path) -> None:
    with Records.open(tmp_path) as records:
        records.commit(batch(0))
        records.commit(batch(50))
        other = sqlite3.connect(tmp_path / LOG_FILE)
        body = bytearray(other.execute("SELECT body FROM blocks WHERE first_seq = 50").fetchone()[0])
        body[len(body) // 2] ^= 1
        with other:
            other.execute("UPDATE blocks SET body = ? WHERE first_seq = 50", (bytes(body),))
        other.close()
        blocks = records.blocks()
        assert next(blocks).first_seq == 0
        with pytest.raises(StoreError, match="events 50 to 99 are damaged"):
            next(blocks)


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / LOG_FILE).write_bytes(b"this is not a database" * 100)
    with pytest.raises(StoreError, match="not a log"):
        Records.open(tmp_path)


def test_a_log_of_a_later_release_is_refused(tmp_path: Path) -> None:
    Records.open(tmp_path).close()
    other = sqlite3.connect(tmp_path / LOG_FILE)
    with other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.close()
    with pytest.raises(StoreError, match="another release"):
        Records.open(tmp_path)


def test_a_home_without_a_log_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no log at"):
        Records.read(tmp_path)
