from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stanch.intake import identities
from stanch.intake.identifiers import pseudonym_of
from stanch.intake.labels import read_labels
from stanch.intake.mapping import parse_mapping
from stanch.intake.report import IntakeReport, Refused
from stanch.intake.take import Intake, IntakeContext, Taken, take
from stanch.intake.texts import open_text
from stanch.model.schema import CLEAR_SCHEMA, TAKEN_SCHEMA
from stanch.model.time import DAY
from stanch.privacy.identity import Identity
from stanch.privacy.pseudonyms import Keys, pseudonym
from stanch.store.vault import SqliteVault

Taking = Callable[..., tuple[pa.Table, list[Refused], IntakeReport]]
START = datetime(2026, 3, 1, tzinfo=UTC)
Row = dict[str, object]


def transfer(number: int, seconds: float = 0, **changes: object) -> Row:
    at = START + timedelta(seconds=seconds)
    return {
        "event_id": f"t{number}",
        "source": "bank_a",
        "happened_at": at,
        "known_at": at,
        "kind": "transfer",
        "src": f"account:{number}",
        "dst": "wallet:shop-1",
        "amount": 100,
        "currency": "CNY",
        **changes,
    }


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=CLEAR_SCHEMA)


def write(path: Path, rows: list[Row]) -> Path:
    pq.write_table(table(rows), path)
    return path


PAYMENTS = """
source: bank
timezone: Asia/Shanghai
columns:
  happened_at: {column: T, time: "%d.%m.%Y %H:%M"}
  src: {column: A, as: account, prefix: bank-}
  dst: {column: B, as: merchant}
  amount: {column: M, unit: major}
constants: {kind: transfer, currency: CNY}
"""


def ids(taken: pa.Table) -> list[str]:
    found: list[str] = taken["event_id"].to_pylist()
    return found


def test_clear_events_leave_as_pseudonyms_with_facets(tmp_path: Path, taking: Taking, context: IntakeContext) -> None:
    call = {
        "kind": "call_ended",
        "src": "card:13812345678",
        "dst": "card:95588",
        "duration": 60,
        "amount": None,
        "currency": None,
    }
    device = {"device": "device:352099001761481", "address": "address:203.0.113.7"}
    events, refused, _ = taking([write(tmp_path / "a.parquet", [transfer(1, 0, **call, **device)])])
    assert refused == []
    assert events.schema.equals(TAKEN_SCHEMA, check_metadata=True)
    (row,) = events.to_pylist()
    assert row["src"] == pseudonym(context.keys, "phone", "+8613812345678")
    assert (row["src_kind"], row["src_type"], row["src_country"], row["src_range"]) == (
        "card",
        "mobile",
        "CN",
        "1381234",
    )
    assert (row["dst_type"], row["tac"], row["subnet"], row["hour"]) == ("short", "35209900", "203.0.113.0/24", 8)


def test_one_number_is_one_entity_whatever_it_is_called(tmp_path: Path, taking: Taking) -> None:
    sms = {"kind": "sms", "dst": "card:95588", "amount": None, "currency": None}
    rows = [transfer(1, 0, **sms, src="card:13812345678"), transfer(2, 0, **sms, src="card:+86 138 1234 5678")]
    rows.append(transfer(3, 0, **sms, src="iot_card:13812345678"))
    events, _, _ = taking([write(tmp_path / "a.parquet", rows)])
    assert len(set(events["src"].to_pylist())) == 1


def test_files_are_merged_by_when_things_became_known(tmp_path: Path, taking: Taking) -> None:
    first = write(tmp_path / "a.parquet", [transfer(1, 1), transfer(3, 3), transfer(5, 5)])
    second = write(tmp_path / "b.parquet", [transfer(5_5, 5), transfer(2, 2), transfer(4, 4)])
    events, _, report = taking([first, second], chunk_rows=2)
    assert ids(events) == ["t1", "t2", "t3", "t4", "t5", "t55"]
    assert [file.events for file in report.files] == [3, 3]


def test_what_became_known_late_comes_late(tmp_path: Path, taking: Taking) -> None:
    late = transfer(1, 0, known_at=START + timedelta(hours=1))
    events, _, _ = taking([write(tmp_path / "a.parquet", [late, transfer(2, 60)])])
    assert ids(events) == ["t2", "t1"]


def test_one_bad_row_stops_nothing_and_is_told_with_its_reason(tmp_path: Path, taking: Taking) -> None:
    rows = [
        transfer(1, 1),
        transfer(2, 2, kind="teleport"),
        transfer(3, 3, src="card:13812345678"),
        transfer(4, 4, amount=-5),
        transfer(5, 5, currency="QQQ"),
        transfer(6, 6, src="account:DE88370400440532013000"),
        transfer(7, 7, dst=None),
        transfer(8, 8, happened_at=None, known_at=None),
        transfer(9, 9, amount=10**13 + 1),
        transfer(10, 10, source=None),
        transfer(11, 11),
    ]
    events, refused, report = taking([write(tmp_path / "a.parquet", rows)])
    assert ids(events) == ["t1", "t11"]
    assert [one.row for one in refused] == list(range(2, 11))
    starts = ["unknown kind 'teleport'", "src of transfer is card; expected account or wallet", "amount is negative"]
    starts += ["currency is not an ISO 4217 code: 'QQQ'", "src: not a valid IBAN", "dst of transfer is nothing"]
    starts += ["happened_at is empty", "amount is above", "source is empty"]
    assert [one.reason[: len(start)] for one, start in zip(refused, starts, strict=True)] == starts
    assert (report.rows, report.taken, report.refused) == (11, 2, 9)
    assert not any("3704" in one.reason for one in refused)


def test_refused_rows_are_kept_word_for_word_once(tmp_path: Path, context: IntakeContext) -> None:
    file = write(tmp_path / "a.parquet", [transfer(1, amount=-5)])
    quarantine = tmp_path / "quarantine.ndjson"
    kept = IntakeContext(context.keys, context.vault, quarantine=quarantine)
    for _ in range(2):
        assert [one.row for taken in take([file], None, kept) for one in taken.refused] == [1]
    (line,) = quarantine.read_text().splitlines()
    assert json.loads(json.loads(line)["verbatim"])["src"] == "account:1"
    assert quarantine.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path, taking: Taking) -> None:
    good = write(tmp_path / "b.parquet", [transfer(1)])
    torn = tmp_path / "a.parquet"
    torn.write_bytes(good.read_bytes()[:-100])
    events, refused, report = taking([torn, tmp_path / "missing.parquet", good])
    assert ids(events) == ["t1"]
    assert [(one.file, one.row) for one in refused] == [("a.parquet", 0), ("missing.parquet", 0)]
    assert [file.error is None for file in report.files] == [False, False, True]


def test_a_file_that_changes_while_it_is_read_is_given_up(tmp_path: Path, context: IntakeContext) -> None:
    file = write(tmp_path / "a.parquet", [transfer(n, n) for n in range(100)])
    report = IntakeReport()
    stream: Iterator[Taken] = take([file], None, context, 10, report)
    first = next(stream)
    write(file, [transfer(n, n) for n in range(99)])
    rest = [one for taken in stream for one in taken.refused]
    assert first.table.num_rows == 10
    assert [one.reason[:40] for one in rest] == ["the file changed while it was read; rows"]
    assert report.files[0].error is not None


def test_an_unknown_column_is_never_dropped_silently(tmp_path: Path, taking: Taking) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(table([transfer(1)]).append_column("colour", pa.array(["red"])), path)
    _, refused, _ = taking([path])
    assert [one.reason[:29] for one in refused] == ["unknown event column 'colour'"]


def test_taken_events_pass_untouched(tmp_path: Path, taking: Taking) -> None:
    events, _, _ = taking([write(tmp_path / "a.parquet", [transfer(n, n) for n in range(5)])])
    pq.write_table(events, tmp_path / "taken.parquet")
    again, refused, report = taking([tmp_path / "taken.parquet"])
    assert again.to_pylist() == events.to_pylist()
    assert again.schema.equals(TAKEN_SCHEMA, check_metadata=True)
    assert (refused, report.taken) == ([], 5)


def test_the_same_file_gives_the_same_events_byte_for_byte(tmp_path: Path, taking: Taking) -> None:
    file = write(tmp_path / "a.parquet", [transfer(n, n % 3, event_id=None, text=f"加微信 gang_{n}") for n in range(9)])
    assert taking([file])[0].to_pylist() == taking([file], chunk_rows=2)[0].to_pylist()


def test_a_row_without_an_id_is_known_by_its_file_and_number(tmp_path: Path, taking: Taking) -> None:
    file = write(tmp_path / "a.parquet", [transfer(1, event_id=None), transfer(2), transfer(3, event_id=None)])
    events, _, report = taking([file])
    digest = report.files[0].digest[:16]
    assert ids(events) == [f"{digest}:1", "t2", f"{digest}:3"]


def test_a_text_keeps_what_was_said_and_hides_whom_to_reach(
    tmp_path: Path, taking: Taking, context: IntakeContext
) -> None:
    rows = [transfer(n, n, text=f"兼职日结 {spaces}加微信 gang_01") for n, spaces in enumerate(["", "  "])]
    events, _, _ = taking([write(tmp_path / "a.parquet", [*rows, transfer(9, 9)])])
    first, second, without = events.to_pylist()
    contact = pseudonym(context.keys, "contact", "wechat/gang_01")
    key = context.vault.day_key(int(START.timestamp()) * 1_000_000 // DAY)
    assert key is not None
    assert open_text(key, first["text"]) == f"兼职日结 加微信⟨contact:{contact.hex()[:12]}⟩"
    assert (first["contact"], first["contacts"]) == (contact, 1)
    assert first["text_digest"] == second["text_digest"]
    assert (without["text"], without["contacts"], without["text_digest"]) == (None, None, None)
    assert context.vault.open(contact, "investigation", "test", 1) == Identity(
        contact, "contact", "contact", "wechat/gang_01"
    )


def test_no_text_is_kept_once_its_day_was_dropped(tmp_path: Path, taking: Taking, context: IntakeContext) -> None:
    context.vault.drop_day(int(START.timestamp()) * 1_000_000 // DAY)
    events, refused, _ = taking([write(tmp_path / "a.parquet", [transfer(1, text="hello")])])
    assert (refused, events["text"].to_pylist(), events["contacts"].to_pylist()) == ([], [None], [0])


def test_a_key_that_is_dropped_while_texts_come_serves_none_of_the_later_ones(
    tmp_path: Path, context: IntakeContext
) -> None:
    day, path = int(START.timestamp()) * 1_000_000 // DAY, tmp_path / "vault.db"
    with closing(SqliteVault(path, b"m" * 32)) as vault, closing(SqliteVault(path, b"m" * 32)) as beside:
        intake = Intake(replace(context, vault=vault), 100, IntakeReport())
        before = intake.rows([transfer(1, text="hello")]).table
        beside.drop_day(day)  # as another process does
        after = intake.rows([transfer(2, text="hello again")]).table
    assert (before["text"].null_count, after["text"].to_pylist()) == (0, [None])


def csv(folder: Path, body: str) -> Path:
    path = folder / "payments.csv"
    path.write_text(body)
    return path


def test_a_mapping_turns_a_banks_file_into_events(tmp_path: Path, taking: Taking) -> None:
    file = csv(tmp_path, "T,A,B,M\n01.03.2026 08:00,1,shop,0.575\n01.03.2026 09:30,2,shop,12\n")
    events, refused, _ = taking([file], parse_mapping(PAYMENTS))
    assert refused == []
    rows = events.to_pylist()
    assert [row["amount"] for row in rows] == [58, 1200]
    assert rows[0]["happened_at"] == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    assert [row["hour"] for row in rows] == [8, 9]


def test_a_translation_that_names_its_own_kind_stands_as_it_is(tmp_path: Path, taking: Taking) -> None:
    file = csv(tmp_path, "T,A,B,M\n01.03.2026 08:00,1,shop,1\n01.03.2026 09:30,1,outside,1\n")
    mapping = parse_mapping(
        PAYMENTS.replace("as: merchant", "as: account, prefix: x-, values: {shop: 'merchant:shop'}")
    )
    events, _, _ = taking([file], mapping)
    assert [row["dst_kind"] for row in events.to_pylist()] == ["merchant", "account"]


def test_values_that_cannot_be_read_are_refused_row_by_row(tmp_path: Path, taking: Taking) -> None:
    file = csv(
        tmp_path, "T,A,B,M\n31.02.2026 08:00,1,shop,1\n01.03.2026 09:30,2,shop,much\n01.03.2026 09:30,2,shop,\n1\n"
    )
    events, refused, report = taking([file], parse_mapping(PAYMENTS))
    assert events.num_rows == 0
    assert {one.row: one.reason.split(";")[0] for one in refused} == {
        1: "happened_at cannot be read as %d.%m.%Y %H:%M",
        2: "amount is not a number",
        3: "amount is empty",
        4: "1 fields",
    }
    assert (report.rows, report.refused) == (4, 4)


def test_a_reported_payment_is_an_instruction_and_its_settlement_side_by_side(tmp_path: Path, taking: Taking) -> None:
    file = csv(tmp_path, "T,A,B,M\n01.03.2026 08:00,1,shop,1\n01.03.2026 08:00,2,shop,1\n")
    events, _, report = taking([file], parse_mapping(PAYMENTS + "also: {transfer: [settled]}\n"))
    assert events["kind"].to_pylist() == ["transfer", "settled", "transfer", "settled"]
    assert events["ref"].to_pylist()[1] == ids(events)[0]
    assert ids(events)[1] == f"{ids(events)[0]}:settled"
    assert (report.taken, report.events) == (2, 4)


def test_fraud_becomes_known_only_after_its_delay(tmp_path: Path, taking: Taking) -> None:
    body = "T,A,B,M,F\n01.03.2026 08:00,1,shop,1,1\n05.03.2026 08:00,2,shop,1,0\n10.03.2026 08:00,2,shop,1,1\n"
    rule = "confirmed: {label: F, equals: 1, delay: 7d, about: dst}\nlabels: [F]\n"
    mapping = parse_mapping(PAYMENTS + rule)
    file = csv(tmp_path, body)
    events, _, _ = taking([file], mapping)
    assert events["kind"].to_pylist() == ["transfer", "transfer", "confirmed", "transfer", "confirmed"]
    confirmed, payment = events.to_pylist()[2], events.to_pylist()[0]
    assert confirmed["known_at"] - payment["known_at"] == timedelta(days=7)
    assert (confirmed["ref"], confirmed["dst"], confirmed["src"]) == (payment["event_id"], payment["dst"], None)
    assert (confirmed["dst_kind"], confirmed["detail"], confirmed["amount"]) == ("merchant", "fraud", None)
    labels = read_labels(file, mapping)
    assert labels["event_id"].to_pylist() == [i for i in ids(events) if ":confirmed" not in i]
    assert labels["F"].to_pylist() == ["1", "0", "1"]


def test_rows_left_out_are_counted(tmp_path: Path, taking: Taking) -> None:
    file = csv(tmp_path, "T,A,B,M,S\n01.03.2026 08:00,1,shop,1,booked\n01.03.2026 08:00,1,shop,1,planned\n")
    events, _, report = taking([file], parse_mapping(PAYMENTS + "where: {S: [booked]}\n"))
    assert (events.num_rows, report.files[0].left_out, report.files[0].balanced()) == (1, 1, True)


def test_one_wrong_date_poisons_nothing(tmp_path: Path, taking: Taking) -> None:
    days = ["01.01.1971", "01.03.2026", "02.03.2026", "03.03.2026", "04.03.2062", "04.03.2026"]
    body = "T,A,B,M\n" + "".join(f"{day} 08:00,1,shop,1\n" for day in days)
    events, refused, _ = taking([csv(tmp_path, body)], parse_mapping(PAYMENTS + "max_jump: 7d\n"))
    assert events.num_rows == 5
    assert [(one.row, one.reason[:39]) for one in refused] == [(5, "known_at lies more than max_jump after ")]


def test_clock_times_need_a_zone(tmp_path: Path, taking: Taking) -> None:
    file = csv(tmp_path, "T,A,B,M\n01.03.2026 08:00,1,shop,1\n")
    events, refused, _ = taking([file], parse_mapping(PAYMENTS.replace("timezone: Asia/Shanghai", "")))
    assert events.num_rows == 0
    assert "sets no timezone" in refused[0].reason


@pytest.mark.parametrize(
    ("time", "value"),
    [
        ("iso", "2026-03-01T08:00:00+08:00"),
        ("iso", "2026-03-01T00:00:00Z"),
        ("iso", "2026-03-01 08:00:00"),
        ("epoch_s", "1772323200"),
        ("epoch_ms", "1772323200000"),
        ("epoch_us", "1772323200000000"),
        ("'%Y%m%d%H%M%S'", "20260301080000"),
        ("days since 2026-02-01", str(28 + 8 / 24)),
    ],
)
def test_times_of_every_spelling_meet(tmp_path: Path, taking: Taking, time: str, value: str) -> None:
    mapping = parse_mapping(PAYMENTS.replace('"%d.%m.%Y %H:%M"', time))
    events, refused, _ = taking([csv(tmp_path, f"T,A,B,M\n{value},1,shop,1\n")], mapping)
    assert refused == []
    at = events["happened_at"].to_pylist()[0]
    assert abs(at - datetime(2026, 3, 1, tzinfo=UTC)) < timedelta(seconds=1)


def test_csv_and_ndjson_in_our_own_form_need_no_mapping(tmp_path: Path, taking: Taking) -> None:
    row = {k: v for k, v in transfer(1).items() if k != "known_at"} | {"happened_at": "2026-03-01T00:00:00Z"}
    (tmp_path / "a.ndjson").write_text(json.dumps(row) + "\n" + json.dumps(row | {"colour": "red"}) + "\n")
    (tmp_path / "a.csv").write_text(",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n")
    events, refused, _ = taking([tmp_path / "a.ndjson", tmp_path / "a.csv"])
    first, second = events.to_pylist()
    assert first == second
    assert [(one.row, one.reason[:22]) for one in refused] == [(2, "unknown field 'colour'")]


def test_another_key_gives_other_pseudonyms(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", [transfer(1)])
    contexts = [IntakeContext(Keys(key * 32, b"d" * 32), SqliteVault(":memory:", b"m" * 32)) for key in (b"p", b"q")]
    first, second = [next(take([file], None, context)).table["src"][0].as_py() for context in contexts]
    assert first != second


def test_no_reason_repeats_an_identity_that_stands_in_the_wrong_place(tmp_path: Path, taking: Taking) -> None:
    number = "13812345678"
    rows = [transfer(n, n, **{column: number}) for n, column in enumerate(["kind", "currency", "attestation"])]
    (tmp_path / "a.csv").write_text(f"{number},{number}\n1,2\n")
    (tmp_path / "b.csv").write_text(f"{number},x\n1,2\n")
    (tmp_path / "c.ndjson").write_text(json.dumps({number: 1}) + "\n")
    files = [write(tmp_path / "a.parquet", rows), *(tmp_path / name for name in ("a.csv", "b.csv", "c.ndjson"))]
    _, own, _ = taking(files)
    _, mapped, _ = taking(files, parse_mapping(PAYMENTS))
    assert len(own) == 6
    assert all(number not in one.reason for one in own + mapped)
    assert all(number not in repr(one) for one in own + mapped)


def test_a_cache_that_starts_anew_changes_nothing(
    tmp_path: Path, taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "a.parquet", [transfer(n % 40, n) for n in range(300)])
    expected = taking([file])[0].to_pylist()
    monkeypatch.setattr(identities, "MAX_KNOWN", 10)
    assert taking([file], chunk_rows=20)[0].to_pylist() == expected


def test_an_entity_asked_for_by_its_clear_form_is_the_one_in_the_events(
    tmp_path: Path, taking: Taking, context: IntakeContext
) -> None:
    events, _, _ = taking([write(tmp_path / "a.parquet", [transfer(1, src="account:4111 1111 1111 1111")])])
    assert events["src"].to_pylist() == [pseudonym_of(context.keys, "account:4111111111111111")]


def test_many_chunks_and_identities_keep_every_row(tmp_path: Path, taking: Taking) -> None:
    rows = [transfer(n, float(n % 997)) for n in range(5000)]
    events, refused, report = taking([write(tmp_path / "a.parquet", rows)], chunk_rows=256)
    assert (events.num_rows, refused, report.taken) == (5000, [], 5000)
    keys = events["known_at"].cast(pa.int64()).to_numpy()
    assert bool((np.diff(keys) >= 0).all())
    assert len(set(events["src"].to_pylist())) == 5000


def test_a_file_not_read_to_its_end_gives_nothing(tmp_path: Path, taking: Taking) -> None:
    body = "T,A,B,M\n" + "".join(f"01.03.2026 08:00,{n},shop,1\n" for n in range(20_000))
    packed = gzip.compress(body.encode())
    (tmp_path / "a.csv.gz").write_bytes(packed[: len(packed) - 50])
    events, refused, report = taking([tmp_path / "a.csv.gz"], parse_mapping(PAYMENTS))
    assert (events.num_rows, len(refused), report.taken) == (0, 1, 0)
    assert "send the file again" in refused[0].reason


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(st.binary(max_size=40), st.sampled_from([b"01.03.2026 08:00,1,shop,1", b'"', b",", b"{}"])),
        max_size=12,
    )
)
def test_whatever_a_file_holds_every_line_is_accounted_for(tmp_path: Path, taking: Taking, lines: list[bytes]) -> None:
    for name in ("x.csv", "x.ndjson"):
        (tmp_path / name).write_bytes(b"T,A,B,M\n" + b"\n".join(lines))
    events, refused, report = taking([tmp_path / "x.csv", tmp_path / "x.ndjson"], parse_mapping(PAYMENTS))
    assert all(file.balanced() for file in report.files)
    assert events.num_rows == report.events
    assert len([one for one in refused if one.row]) == report.refused


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_parquet_file_is_taken_or_named_and_never_more(tmp_path: Path, taking: Taking, seed: int) -> None:
    chance = np.random.default_rng(seed)
    body = bytearray(write(tmp_path / "a.parquet", [transfer(n, n) for n in range(300)]).read_bytes())
    for place in chance.integers(0, len(body), 5):
        body[place] ^= int(chance.integers(1, 256))
    (tmp_path / "a.parquet").write_bytes(body)
    _, _, report = taking([tmp_path / "a.parquet"])
    assert report.files[0].balanced()
