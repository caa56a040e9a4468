from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from packaging.requirements import Requirement

from small_events import MORNING, fan_in, transfer, write_events
from stanch.engine.doctor.examine import examine
from stanch.engine.doctor.finding import Finding, Look, Severity
from stanch.engine.doctor.machine import room_of, unsuited
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.exchange.deliveries import FILE, Deliveries, Delivery
from stanch.model.errors import InputError
from stanch.model.time import DAY, HOUR, MINUTE
from stanch.store.place import LOG_FILE
from stanch.store.records import Records
from stanch.store.rows import Commit, OrderStepRow

NOW = MORNING + HOUR
#: Checks of the machine that the tests run on.
MACHINE = ("disk", "libraries")
START = (Path(__file__).parents[2] / "src/stanch/decide/start.yaml").read_text("utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has decided on a fan-in, as it is after a replay."""
    folder = tmp_path_factory.mktemp("made")
    with open_home(folder / "home") as opened:
        replay(opened, [write_events(folder / "1.parquet", fan_in())])
        opened.snapshot()
    return folder / "home"


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "home")


def found(home: Path, now: int = NOW, policy: Path | None = None, at_least: Severity = "warning") -> list[Finding]:
    """Everything that is wrong at least so much."""
    wanted = ("warning", "error") if at_least == "warning" else ("note", "warning", "error")
    examined = examine(Look(home, now, policy=policy))
    return [one for one in examined.findings if one.severity in wanted and one.check not in MACHINE]


def only(findings: list[Finding]) -> tuple[str, str, str]:
    assert len(findings) == 1, findings
    assert findings[0].do, "it says what is wrong and not what to do"
    return findings[0].check, findings[0].severity, findings[0].what


def sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def bytes_of(home: Path) -> dict[str, bytes]:
    files = [path for path in home.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files}


def test_a_home_in_order_has_nothing_to_do_and_is_left_as_it_was(home: Path) -> None:
    before = bytes_of(home)
    assert found(home) == []
    assert bytes_of(home) == before
    whats = [one.what for one in found(home, at_least="note")]
    assert any(" events up to 2026-03-02" in what for what in whats), whats


def test_a_home_in_use_can_be_looked_at_and_names_its_writer(home: Path) -> None:
    with open_home(home) as opened:
        assert found(home) == []
        assert any(one.what == f"process {os.getpid()} writes to it" for one in found(home, at_least="note"))
        later = write_events(home.parent / "2.parquet", fan_in(start=900, payee="another"))
        assert replay(opened, [later]).decided == 13


def test_what_is_no_home_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no home at"):
        examine(Look(tmp_path, NOW))


def lose_keys(home: Path) -> None:
    (home / "keys.json").unlink()


def open_keys_to_others(home: Path) -> None:
    (home / "keys.json").chmod(0o640)


def take_other_keys(home: Path) -> None:
    open_home(home.parent / "other").close()
    shutil.copy2(home.parent / "other" / "keys.json", home / "keys.json")


def lose_check(home: Path) -> None:
    (home / "keys.check").unlink()


def lose_vault(home: Path) -> None:
    (home / "vault.db").unlink()


def forge_opening(home: Path) -> None:
    with open_home(home) as opened, pytest.raises(InputError):
        opened.vault.open(b"x" * 16, "audit", "officer 7", 1)
    sql(home / "vault.db", "UPDATE openings SET actor = 'nobody'")


def keep_texts(home: Path) -> None:
    with open_home(home) as opened:
        opened.vault.day_key(NOW // DAY - 200)


def lose_log(home: Path) -> None:
    (home / LOG_FILE).unlink()


def change_block(home: Path) -> None:
    sql(home / LOG_FILE, "UPDATE blocks SET checksum = checksum + 1")


def lose_block(home: Path) -> None:
    with open_home(home) as opened:
        replay(opened, [write_events(home.parent / "2.parquet", [transfer("late", 3000, "a", "b")])], batch=1)
    sql(home / LOG_FILE, "DELETE FROM blocks WHERE first_seq = 0")


def scribble(home: Path) -> None:
    raw = bytearray((home / LOG_FILE).read_bytes())
    raw[len(raw) // 2 :] = os.urandom(len(raw) - len(raw) // 2)
    (home / LOG_FILE).write_bytes(raw)


def of_a_later_release(home: Path) -> None:
    sql(home / LOG_FILE, "UPDATE alembic_version SET version_num = '9999'")


def of_an_earlier_release(home: Path) -> None:
    sql(
        home / LOG_FILE,
        "DROP TABLE notices",
        "DROP TABLE order_steps",
        "UPDATE alembic_version SET version_num = '0001'",
    )


def tear_snapshot(home: Path) -> None:
    victim = max((home / "snapshots").glob("snapshot-*/*.npy"))
    victim.write_bytes(victim.read_bytes()[:-1])


def lose_ids(home: Path) -> None:
    for path in (home / "snapshots").glob("ids-*"):
        path.unlink()


def lose_end_of_log(home: Path) -> None:
    with open_home(home) as opened:
        replay(opened, [write_events(home.parent / "2.parquet", [transfer("late", 3000, "a", "b")])], batch=1)
        opened.snapshot()
    sql(home / LOG_FILE, "DELETE FROM blocks WHERE first_seq > 0")


def let_others_in(home: Path) -> None:
    home.chmod(0o755)


def let_others_read_the_vault(home: Path) -> None:
    (home / "vault.db").chmod(0o644)


def forbid_writing(home: Path) -> None:
    (home / LOG_FILE).chmod(0o400)


def fill_quarantine(home: Path) -> None:
    with open_home(home) as opened:
        replay(opened, [write_events(home.parent / "far.parquet", [transfer("far", 900 * 86_400, "a", "b")])])


def give_up(home: Path) -> None:
    with Records.read(home) as records:
        ids = [row.id for row in records.pending_outbox()]
    book = Deliveries(home / FILE)
    for id_ in ids:
        book.note(Delivery(id_, "bank", "dead", 12, None, NOW, "status 500"))
    book.close()


def fail_once(home: Path) -> None:
    with Records.read(home) as records:
        ids = [row.id for row in records.pending_outbox()]
    book = Deliveries(home / FILE)
    for id_ in ids:
        book.note(Delivery(id_, "bank", "waiting", 1, NOW + MINUTE, NOW, "status 503"))
    book.close()


def other_text_model(home: Path) -> None:
    lexicon = Path(__file__).parents[2] / "src/stanch/text/lexicon.yaml"
    (home / "text-lexicon.yaml").write_text(lexicon.read_text("utf-8") + "\n# of our own\n", "utf-8")


def spoil_text_model(home: Path) -> None:
    (home / "text-model.bin").write_bytes(b"no model")


def let_the_wal_grow(home: Path) -> None:
    with (home / f"{LOG_FILE}-wal").open("wb") as stream:
        stream.truncate(300_000_000)  # a hole: nothing of it is on the disk


def turn_the_clock_back(home: Path) -> None:
    with open_home(home) as opened:
        replay(opened, [write_events(home.parent / "2.parquet", [transfer("late", 3000, "a", "b")])], batch=1)
    sql(home / LOG_FILE, f"UPDATE blocks SET first_as_of = {MORNING - 2 * HOUR} WHERE first_seq > 0")


def find_something_about_the_future(home: Path) -> None:
    sql(home / LOG_FILE, "UPDATE findings SET seq = seq + 1000000")


def spoil_the_book(home: Path) -> None:
    (home / FILE).write_bytes(b"no database at all, but longer than a header of one hundred bytes" * 4)
    (home / FILE).chmod(0o600)


def spoil_rules(home: Path) -> None:
    sql(home / LOG_FILE, "UPDATE policies SET body = '{}'")


@pytest.mark.parametrize(
    ("harm", "check", "severity", "what"),
    [
        (lose_keys, "keys", "error", "keys.json is missing"),
        (take_other_keys, "keys", "error", "holds the keys of another home"),
        (lose_check, "keys", "warning", "keys.check is missing"),
        (lose_vault, "vault", "error", "vault.db is missing"),
        (forge_opening, "vault", "error", "breaks at number 1"),
        (keep_texts, "retention", "warning", "after their time: 1"),
        (lose_log, "log", "error", "log.db is missing"),
        (let_the_wal_grow, "log", "warning", "300.0 MB of write-ahead log"),
        (turn_the_clock_back, "log", "error", "the clock runs backwards at event"),
        (find_something_about_the_future, "log", "error", "rows of findings that refer to events after the end"),
        (spoil_the_book, "outbox", "error", "deliveries.db: file is not a database"),
        (change_block, "log", "error", "events 0 to "),
        (of_an_earlier_release, "tables", "warning", "of an earlier release (form 0001"),
        (of_a_later_release, "tables", "error", "form 9999"),
        (tear_snapshot, "snapshots", "warning", "is passed over"),
        (lose_ids, "snapshots", "error", "are missing"),
        (let_others_in, "permissions", "warning", "others may enter"),
        (let_others_read_the_vault, "permissions", "warning", "vault.db"),
        (forbid_writing, "permissions", "error", "log.db: nobody may write"),
        (fill_quarantine, "quarantine", "warning", "0 rows were refused and 1 events set aside"),
        (give_up, "outbox", "error", "messages to bank given up: 4: status 500"),
        (fail_once, "outbox", "warning", "after attempt 1: status 503"),
        (other_text_model, "rules", "warning", "model or lexicon of texts changed"),
        (spoil_text_model, "rules", "error", "texts cannot be scored"),
        (spoil_rules, "rules", "error", "cannot be read by this release"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_and_nothing_else_is(
    home: Path, harm: Callable[[Path], None], check: str, severity: str, what: str
) -> None:
    harm(home)
    told = only(found(home))
    assert told[:2] == (check, severity)
    assert what in told[2]


@pytest.mark.parametrize(
    ("harm", "check", "severity", "what"),
    [
        (open_keys_to_others, "keys", "error", "others may read or write it"),
        (open_keys_to_others, "permissions", "warning", "others may read or write keys.json"),
        (lose_block, "log", "error", "events 0 to "),
        (scribble, "log", "error", "log.db"),
        (lose_end_of_log, "snapshots", "error", "events ahead of the log"),
    ],
)  # fmt: skip
def test_what_has_several_signs_is_told_by_each(
    home: Path, harm: Callable[[Path], None], check: str, severity: str, what: str
) -> None:
    harm(home)
    assert any(
        (one.check, one.severity) == (check, severity) and what in one.what and one.do for one in found(home)
    ), found(home)  # fmt: skip


def test_all_that_is_wrong_is_told_at_once_and_the_worst_first(home: Path) -> None:
    for harm in (lose_keys, let_others_in, tear_snapshot):
        harm(home)
    told = found(home)
    assert {one.check for one in told} == {"keys", "permissions", "snapshots"}
    assert told[0].severity == "error"


def test_a_clock_ahead_is_an_error_and_one_behind_a_note(home: Path) -> None:
    check, severity, what = only(found(home, MORNING - 3 * HOUR))
    assert (check, severity) == ("clock", "error")
    assert "3 hours ahead" in what
    behind = [one for one in found(home, NOW + 3 * DAY, at_least="note") if one.check == "clock"]
    assert [(one.severity, "3 days behind" in one.what) for one in behind] == [("note", True)]


def test_messages_that_nobody_sends_are_stuck_after_an_hour(home: Path) -> None:
    with open_home(home) as opened:
        replay(opened, [write_events(home.parent / "2.parquet", [transfer("late", 7300, "a", "b")])])
    check, severity, what = only(found(home, NOW + 2 * HOUR))
    assert (check, severity) == ("outbox", "warning")
    assert "messages never sent: " in what


def test_messages_that_are_due_and_not_tried_need_a_sender(home: Path) -> None:
    fail_once(home)
    assert any("due while nobody sends" in one.what for one in found(home, NOW + 2 * HOUR))


def test_a_message_taken_that_the_log_does_not_know_of_is_a_note(home: Path) -> None:
    with Records.read(home) as records:
        id_ = records.pending_outbox()[0].id
    book = Deliveries(home / FILE)
    book.note(Delivery(id_, "bank", "taken", 1, None, NOW, "200"))
    book.close()
    assert any("which the log has not noted" in one.what for one in found(home, at_least="note"))


def step(number: int, before: str, to: str, until: int | None = None) -> OrderStepRow:
    given = {"person": "p", "second": "q", "power": "police"} if before else {}
    return OrderStepRow(
        "o1", number, 0, MORNING, "stop", b"a" * 16, "bank", "CNY", before, to, 100, 100, "person", "because", "t",
        "law", "call", until=until, **given,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("to", "until", "severity", "what"),
    [
        ("in_force", HOUR, "warning", "holds that end within 24 hours: 1: o1 (stop, bank)"),
        ("in_force", 3 * DAY, "", ""),
        ("overdue", 3 * DAY, "warning", "orders overdue: 1: o1 (stop, bank)"),
        ("", 0, "note", "orders that wait for an official: 1;"),
    ],
)
def test_orders_whose_time_runs_out_are_told(home: Path, to: str, until: int, severity: str, what: str) -> None:
    end = MORNING + until
    steps = [step(1, "", "drafted")] + (
        [step(2, "drafted", "approved", end), step(3, "approved", to, end)] if to else []
    )
    with Records.open(home) as records:
        blocks = list(records.blocks())
        last, clock = records.last_seq(), records.last_as_of() or 0
        with closing(sqlite3.connect(home / LOG_FILE)) as log:
            body = log.execute("SELECT body FROM blocks WHERE first_seq = ?", (blocks[-1].first_seq,)).fetchone()[0]
        size = blocks[-1].last_seq - blocks[-1].first_seq
        records.commit(
            Commit(last + 1, last + 1 + size, clock, clock, blocks[-1].policy, body, order_steps=tuple(steps))
        )
    told = [one for one in found(home, at_least="note") if one.check == "orders"]
    assert [(one.severity, what in one.what) for one in told] == ([(severity, True)] if severity else [])


def test_a_policy_that_is_not_in_force_is_told(home: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(START.replace("id: start", "id: own"), "utf-8")
    check, severity, what = only(found(home, policy=own))
    assert (check, severity) == ("rules", "warning")
    assert what == "the rules in force are not those of own.yaml and the typologies that ship: policy"
    with open_home(home, policy=own) as opened:
        replay(opened, [write_events(tmp_path / "2.parquet", [transfer("late", 3000, "a", "b")])])
    assert found(home, policy=own) == []
    notes = [one for one in found(home, at_least="note") if one.check == "rules"]
    assert [one.what for one in notes] == ["the rules in force are not those that ship: policy"]


def test_typologies_that_changed_are_counted(home: Path, tmp_path: Path) -> None:
    with Records.read(home) as records:
        body = msgspec.json.decode(records.policies()[-1].body)
    typologies = body["catalogue"] if isinstance(body["catalogue"], list) else body["catalogue"]["typologies"]
    typologies[0]["score"] = 0.123
    del typologies[1]
    with closing(sqlite3.connect(home / LOG_FILE)) as log, log:
        log.execute("UPDATE policies SET body = ?", (msgspec.json.encode(body).decode(),))
    told = [one.what for one in found(home, at_least="note") if one.check == "rules"]
    assert "the rules in force are not those that ship: 1 typologies not in force, 1 typologies otherwise" in told


def test_a_killed_writer_leaves_a_lock_that_binds_nobody(home: Path) -> None:
    code = (
        "import sys, os, sqlite3; from pathlib import Path; from stanch.store.records import Records\n"
        "records = Records.open(Path(sys.argv[1])); records.set_meta('a', 'b'); print('ready', flush=True); input()"
    )
    with subprocess.Popen(  # noqa: S603 our own code
        [sys.executable, "-c", code, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        assert any(one.what == f"process {writer.pid} writes to it" for one in found(home, at_least="note"))
        writer.send_signal(signal.SIGKILL)
    left = {path.name: path.read_bytes() for path in home.glob("log.db*") if path.suffix != ".db-shm"}
    assert left["log.db-wal"]
    told = [one.what for one in found(home, at_least="note") if one.check == "lock"]
    assert left == {path.name: path.read_bytes() for path in home.glob("log.db*") if path.suffix != ".db-shm"}
    assert told == [f"process {writer.pid} was killed while it wrote; nothing answered is lost"]
    open_home(home).close()
    assert not [one for one in found(home, at_least="note") if one.check == "lock"]


def test_a_lock_that_a_child_still_holds_is_told(home: Path) -> None:
    code = (
        "import fcntl, os, subprocess, sys\n"
        "file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT); fcntl.flock(file, fcntl.LOCK_EX)\n"
        "os.ftruncate(file, 0); os.pwrite(file, str(os.getpid()).encode(), 0)\n"
        "child = subprocess.Popen(['sleep', '30'], pass_fds=[file]); print(child.pid, flush=True)"
    )
    told = subprocess.Popen(  # noqa: S603 our own code
        [sys.executable, "-c", code, str(home / "log.lock")], stdout=subprocess.PIPE, text=True
    )
    assert told.stdout is not None
    child = int(told.stdout.readline())
    told.wait()
    try:
        check, severity, what = only(found(home))
    finally:
        os.kill(child, signal.SIGKILL)
        told.stdout.close()
    assert (check, severity) == ("lock", "warning")
    assert "is gone" in what


def lose_snapshots(home: Path) -> None:
    shutil.rmtree(home / "snapshots")


def take_other_rules(home: Path) -> None:
    (home.parent / "own.yaml").write_text(START.replace("id: start", "id: own"), "utf-8")
    with open_home(home, policy=home.parent / "own.yaml") as opened:
        replay(opened, [write_events(home.parent / "2.parquet", [transfer("late", 3000, "a", "b")])])


def let_days_pass(home: Path) -> None:
    with open_home(home) as opened:
        replay(opened, [write_events(home.parent / "2.parquet", [transfer("late", 40 * 3600, "a", "b")])], batch=1)


def tear_quarantine(home: Path) -> None:
    (home / "quarantine.ndjson").write_bytes(b'{"file":"(line)","digest":"00')
    (home / "quarantine.ndjson").chmod(0o600)


@pytest.mark.parametrize(
    ("change", "check", "what"),
    [
        (lose_snapshots, "snapshots", "there is no snapshot: a start reads all"),
        (take_other_rules, "snapshots", "was made under other rules"),
        (let_days_pass, "lake", "days that are over are not in the lake"),
        (tear_quarantine, "quarantine", "its last line is torn"),
    ],
)
def test_what_costs_time_only_is_a_note(home: Path, change: Callable[[Path], None], check: str, what: str) -> None:
    assert not any(what in one.what for one in found(home, at_least="note"))
    change(home)
    told = [one for one in found(home, at_least="note") if what in one.what]
    assert [(one.check, one.severity) for one in told] == [(check, "note")]


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_files_of_another_owner_are_told(home: Path) -> None:
    os.chown(home / LOG_FILE, 65_534, -1)
    check, severity, what = only(found(home))
    assert (check, severity) == ("permissions", "error")
    assert what.startswith("log.db: of another owner")


def test_leftovers_of_a_crash_are_named(home: Path) -> None:
    (home / "snapshots" / "snapshot-1.part").mkdir()
    assert any(
        one.what == "unfinished: snapshot-1.part" for one in found(home, at_least="note") if one.check == "leftovers"
    )


def test_room_is_judged_by_bytes_and_by_part() -> None:
    assert [one.severity for one in room_of(100_000_000, 10**12)] == ["error"]
    assert [one.severity for one in room_of(50_000_000_000, 10**12)] == ["warning"]
    assert list(room_of(500_000_000_000, 10**12)) == []


def test_libraries_that_are_missing_or_too_old_are_errors() -> None:
    told = list(unsuited([Requirement("numpy>=2"), Requirement("numpy>=999"), Requirement("no-such-thing-at-all")]))
    assert [one.severity for one in told] == ["error", "error"]
    assert "is installed, >=999 is asked for" in told[0].what
    assert told[1].what == "no-such-thing-at-all is not installed"


def test_versions_are_told(home: Path) -> None:
    versions = examine(Look(home, NOW)).versions
    assert {"python", "sqlite"} <= versions.keys()
