import sqlite3
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine

from stanch.model.errors import InputError, StoreError
from stanch.store.blocks import encode_block
from stanch.store.database import MIGRATIONS, NEWEST
from stanch.store.place import LOG_FILE
from stanch.store.records import Records
from stanch.store.rows import Commit, FindingRow, MeasureRow, OutboxRow, PolicyRow
from stanch.store.tables import METADATA

SUBJECT = b"0123456789abcdef"


def batch(first: int, size: int = 3, amount: int = 0) -> Commit:
    seqs = np.arange(first, first + size)
    body = encode_block({"seq": seqs, "amount": seqs + amount}, np.zeros((0, 2), np.uint64), [])
    return Commit(first, first + size - 1, 100 + first, 100 + first + size, "policy", body, b"decisions")


def with_measure(measure: MeasureRow, first: int = 0) -> Commit:
    return Commit(first, first, 0, 1, "policy", batch(first, 1).body, measures=(measure,))


DELAY = MeasureRow("m1", 0, "delay", SUBJECT, 10, "placed", "machine", "eight payers in an hour", until=20)
HOLD = MeasureRow(
    "m2",
    0,
    "hold",
    SUBJECT,
    10,
    "placed",
    "police",
    "ordered",
    20,
    500,
    "CNY",
    "officer 7",
    "ATOFL art. 20",
    "call 12345",
)


def test_a_new_home_has_the_tables_the_code_knows(tmp_path: Path) -> None:
    with Records.open(tmp_path):
        pass
    engine = create_engine(f"sqlite:///{tmp_path / LOG_FILE}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_the_newest_step_is_the_one_the_code_expects() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [NEWEST]


def test_the_rules_in_the_database_are_the_rules_in_the_code(tmp_path: Path) -> None:
    with Records.open(tmp_path):
        pass
    connection = sqlite3.connect(tmp_path / LOG_FILE)
    made = " ".join(row[0] or "" for row in connection.execute("SELECT sql FROM sqlite_master"))
    connection.close()
    rules = [c for table in METADATA.tables.values() for c in table.constraints if isinstance(c, CheckConstraint)]
    assert len(rules) == 13
    for rule in rules:
        assert str(rule.sqltext) in made


def test_what_was_saved_is_read_back_after_reopening(place: Path | str) -> None:
    with Records.open(place) as records:
        assert records.last_seq() == -1
        records.commit(batch(0))
        records.commit(batch(3, 5))
    with Records.open(place) as records:
        assert records.last_seq() == 7
        found = list(records.blocks())
        assert [(b.first_seq, b.last_seq, b.decisions) for b in found] == [(0, 2, b"decisions"), (3, 7, b"decisions")]
        assert np.asarray(found[1].block.columns["seq"]).tolist() == [3, 4, 5, 6, 7]
        assert [b.first_seq for b in records.blocks(since_seq=4)] == [3]


def test_a_gap_in_the_log_cannot_be_saved(place: Path | str) -> None:
    with Records.open(place) as records:
        records.commit(batch(0))
        with pytest.raises(StoreError, match="ends at 2, this batch starts at 4"):
            records.commit(batch(4))


def test_findings_measures_messages_policies_and_marks_are_saved_with_the_batch(place: Path | str) -> None:
    finding = FindingRow(0, "finance.fan_in", SUBJECT, "dst", 0.6, "delay", True)
    message = OutboxRow("o1", 0, "hold", "{}", 10)
    commit = Commit(
        0,
        2,
        100,
        103,
        "p",
        batch(0).body,
        b"",
        (finding,),
        (DELAY,),
        (message,),
        (PolicyRow("p", "text", 0),),
        {"a.csv": "3"},
    )
    with Records.open(place) as records:
        records.commit(commit)
        assert [row["typology"] for row in records.findings(SUBJECT)] == ["finance.fan_in"]
        assert records.measures(state="placed", subject=SUBJECT) == [DELAY]
        assert records.pending_outbox() == [message]
        assert records.policies() == [PolicyRow("p", "text", 0)]
        assert records.progress() == {"a.csv": "3"}


def test_a_message_is_pending_until_it_was_sent(place: Path | str) -> None:
    messages = (OutboxRow("o1", 0, "t", "{}", 10), OutboxRow("o2", 0, "t", "{}", 10))
    with Records.open(place) as records:
        records.commit(Commit(0, 2, 0, 1, "p", batch(0).body, outbox=messages))
        records.mark_failed(["o2"])
        records.mark_sent(["o1"], 99)
        assert records.pending_outbox() == [OutboxRow("o2", 0, "t", "{}", 10, attempts=1)]


def test_a_measure_keeps_one_row_as_its_state_changes(place: Path | str) -> None:
    released = MeasureRow("m1", 0, "delay", SUBJECT, 10, "released", "machine", "time is up", until=20)
    with Records.open(place) as records:
        records.commit(with_measure(DELAY))
        records.commit(with_measure(released, 1))
        assert records.measures() == [released]


def test_an_authority_may_hold_with_all_that_is_owed(place: Path | str) -> None:
    with Records.open(place) as records:
        records.commit(with_measure(HOLD))
        assert records.measures() == [HOLD]


@pytest.mark.parametrize(
    "lacking",
    [{"person": None}, {"legal_basis": None}, {"objection": None}, {"objection": ""}, {"reason": ""}, {"until": None},
     {"power": "machine"}, {"until": 10}],
    ids=str,
)  # fmt: skip
def test_a_hold_without_what_is_owed_cannot_be_saved(place: Path | str, lacking: dict[str, str | int | None]) -> None:
    fields = {name: getattr(HOLD, name) for name in HOLD.__struct_fields__}
    with Records.open(place) as records:
        with pytest.raises(InputError, match="breaks a rule"):
            records.commit(with_measure(MeasureRow(**(fields | lacking))))
        assert records.last_seq() == -1
        records.commit(batch(0))


def test_a_delay_without_an_end_cannot_be_saved(place: Path | str) -> None:
    endless = MeasureRow("m1", 0, "delay", SUBJECT, 10, "placed", "machine", "because")
    with Records.open(place) as records, pytest.raises(InputError, match="a_delay_ends"):
        records.commit(with_measure(endless))


def test_a_hold_cannot_lose_its_legal_basis_later(place: Path | str) -> None:
    fields = {name: getattr(HOLD, name) for name in HOLD.__struct_fields__}
    with Records.open(place) as records:
        records.commit(with_measure(HOLD))
        with pytest.raises(InputError):
            records.commit(with_measure(MeasureRow(**(fields | {"legal_basis": None})), 1))
        assert records.measures() == [HOLD]


def test_the_log_can_be_written_from_one_thread_and_read_from_another(place: Path | str) -> None:
    with Records.open(place) as records:

        def write() -> None:
            for at in range(50):
                records.commit(batch(3 * at))

        writer = Thread(target=write)
        writer.start()
        while writer.is_alive():
            list(records.blocks())
        writer.join()
        assert [b.first_seq for b in records.blocks()] == list(range(0, 150, 3))


def test_a_reader_sees_what_is_saved_and_cannot_save(place: Path | str) -> None:
    with Records.open(place) as records, Records.read(place) as reader:
        records.commit(batch(0))
        assert reader.last_seq() == 2
        with pytest.raises(StoreError, match="opened to be read"):
            reader.commit(batch(3))


def test_facts_about_the_log_are_kept(place: Path | str) -> None:
    with Records.open(place) as records:
        records.set_meta("key_version", "1")
        records.set_meta("key_version", "2")
        assert records.meta() == {"key_version": "2"}


def test_a_second_writer_is_refused(place: Path | str) -> None:
    with Records.open(place), pytest.raises(StoreError, match="another process"):
        Records.open(place)
    Records.open(place).close()
