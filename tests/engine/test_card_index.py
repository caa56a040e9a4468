"""The index of cards, held to a reading of the whole log: same log, same answers, however it was read."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import pytest

from small_events import MORNING, Row, event, write_events
from stanch.engine.camara import answer_with, answered, card_of, known_of
from stanch.engine.card_following import CardFollower
from stanch.engine.card_index import CardIndex, read_on
from stanch.engine.home import Home
from stanch.engine.names import Names
from stanch.engine.opening import open_home
from stanch.exchange.camara.answers import Known
from stanch.exchange.camara.operations import OPERATIONS, Caller
from stanch.intake.take import take
from stanch.model.errors import StoreError
from stanch.store.keys import open_keys
from stanch.store.layout import CARDS_FILE
from stanch.store.records import Records

SOURCES = ("operator_a", "operator_b", "bank")
NUMBERS = [f"+861380013{n:04d}" for n in range(12)]
PEOPLE = ["person:11010519491231002X", "person:440524188001010014", "company:c-1", "company:c-2"]
HOUR, DAY = 3600, 86_400
OPERATION_BODIES: dict[str, dict[str, object]] = {
    "sim-swap/check": {"maxAge": 48}, "sim-swap/retrieve-date": {}, "device-swap/check": {"maxAge": 100},
    "device-swap/retrieve-date": {}, "call-forwarding-signal/unconditional-call-forwardings": {},
    "call-forwarding-signal/call-forwardings": {}, "number-recycling/check": {"specifiedDate": "2026-03-10"},
    "kyc-tenure/check-tenure": {"tenureDate": "2026-03-12"},
    "kyc-match/match": {"idDocument": "11010519491231002X", "birthdate": "1949-12-31"},
    "iot-sim-fraud-prevention/query": {"queryType": "AREALIMIT"},
}  # fmt: skip
AREA = '{"center": {"latitude": 30.5, "longitude": 104.0}, "radius": 5000, "areaType": "CIRCLE"}'


def history(seed: int, events: int) -> list[Row]:
    """Return random events of several institutions about few cards, some of them late, most of them about cards."""
    chance = random.Random(seed)  # noqa: S311 made-up events
    rows: list[Row] = []
    for n in range(events):
        kind, columns = _anything(chance)
        after = n * 30 * DAY / events - (chance.random() < 0.1) * chance.randrange(DAY)
        row = event(f"e{n}", max(after, 0), kind, **columns)
        rows.append({**row, "source": chance.choice(SOURCES), "known_at": MORNING + int(n * 30 * DAY / events) * 10**6})
    return rows


def _anything(chance: random.Random) -> tuple[str, dict[str, object]]:
    card, other = (f"card:{number}" for number in chance.sample(NUMBERS, 2))
    person = chance.choice(PEOPLE)
    natural = chance.choice(PEOPLE[:2])
    device = f"device:3500000000000{chance.randrange(4)}"
    area = {"attrs": chance.choice([AREA, "{}"])}
    listed = chance.choice(["imei_bound", "area_limit", "forwarding", "forwarding_cfb", "watched"])
    kinds: list[tuple[str, dict[str, object]]] = [
        ("card_issued", {"src": "outlet:o-1", "dst": card, "holder": person}),
        ("card_issued", {"src": "outlet:o-1", "dst": card}),
        ("card_activated", {"src": "outlet:o-1", "dst": card}),
        ("card_attached", {"src": card, "dst": device}),
        ("sim_swapped", {"src": "outlet:o-2", "dst": card}),
        ("forwarding_set", {"src": card, "dst": other, "detail": chance.choice(["CFU", "CFB", "CFNRC"])}),
        ("number_recycled", {"dst": card}),
        ("recertified", {"dst": card, "detail": "passed", "holder": person}),
        ("listed", {"dst": card, "detail": listed, **(area if listed == "area_limit" else {})}),
        ("unlisted", {"dst": card, "detail": listed}),
        ("profile", {"src": natural, "detail": "birth_year", "number": chance.randrange(1930, 2005)}),
        ("profile", {"src": natural, "detail": "lives_alone", "number": 1}),
        ("company_registered", {"src": natural, "dst": chance.choice(PEOPLE[2:])}),
        ("call_started", {"src": card, "dst": other}),
        ("sms", {"src": card, "dst": other}),
        ("login", {"src": "account:bank/4711", "dst": device}),
    ]
    return chance.choice(kinds)


def decide(home: Home, rows: list[Row], folder: Path, batch: int) -> None:
    file = write_events(folder / f"{rows[0]['event_id']}.parquet", rows)
    for taken in take([file], None, home.intake):
        home.decide(home.arrive(taken.table), batch)
    home.finish()


def as_plain(known: Known) -> tuple[object, ...]:
    return known.card, known.now, known.since, known.birth_year, known.business


def index_of(home: Path, path: Path) -> CardIndex:
    """Return an index read from a log's start."""
    with Records.read(home) as records:
        index = CardIndex(path, names_of(records))
        index.begin()
        read_on(index, records)
    return index


def names_of(records: Records) -> Names:
    names = Names()
    for each in records.blocks(columns=()):
        names.load(each.block.new_entities, list(each.block.new_symbols))
    return names


@pytest.fixture(scope="module", params=[1, 2])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of random events, decided in batches of many sizes."""
    folder = tmp_path_factory.mktemp("told")
    chance, rows = random.Random(request.param), history(request.param, 900)  # noqa: S311 as above
    with open_home(folder / "home") as home:
        at = 0
        while at < len(rows):
            size = chance.choice([1, 3, 40, 300])
            decide(home, rows[at : at + size], folder, 64)
            at += size
    return folder / "home"


def test_the_index_knows_of_every_number_what_a_reading_of_the_whole_log_does(told: Path, tmp_path: Path) -> None:
    keys = open_keys(told).keys
    index = index_of(told, tmp_path / CARDS_FILE)
    known = 0
    for source in (*SOURCES, "nobody"):
        for number in (*NUMBERS, "+8613900139000"):
            indexed = index.known(source, card_of(keys, number), keys)
            assert as_plain(indexed) == as_plain(known_of(told, number, source=source)), (source, number)
            known += indexed.card.known
    index.close()
    assert known > len(NUMBERS)


def test_every_operation_answers_out_of_the_index_what_the_log_answers(told: Path, tmp_path: Path) -> None:
    keys = open_keys(told).keys
    index = index_of(told, tmp_path / CARDS_FILE)
    statuses = set()
    for path, body in OPERATION_BODIES.items():
        for number in NUMBERS[:4]:
            named = {"device": {"phoneNumber": number}} if path.startswith("iot") else {"phoneNumber": number}
            asked = msgspec.json.encode({**body, **named})
            indexed = answer_with(
                lambda given: index.known(SOURCES[0], card_of(keys, given), keys), path, asked, Caller()
            )
            assert indexed == answered(told, path, asked, Caller(), source=SOURCES[0]), path
            statuses.add(indexed.status)
    index.close()
    assert 200 in statuses
    assert set(OPERATION_BODIES) | {"number-verification/verify", "number-verification/device-phone-number"} | {
        "iot-sim-fraud-prevention/bind", "iot-sim-fraud-prevention/unbind"
    } == set(OPERATIONS)  # fmt: skip


def test_an_index_read_in_pieces_is_the_one_read_at_once(told: Path, tmp_path: Path) -> None:
    whole = index_of(told, tmp_path / "whole.db")
    with Records.read(told) as records:
        names, ends = names_of(records), 0
        pieces = CardIndex(tmp_path / "pieces.db", names)
        while pieces.seq < whole.seq:
            ends += 1
            pieces.begin()
            left = iter([False, False, True])
            read_on(pieces, records, lambda left=left: next(left, True))  # type: ignore[misc]  # bound at once
            pieces.close()
            pieces = CardIndex(tmp_path / "pieces.db", names)
            pieces.begin()
    assert ends > 3
    assert rows_of(whole) == rows_of(pieces)


def rows_of(index: CardIndex) -> list[tuple[object, ...]]:
    with index.file._reading.used() as base:  # the tables themselves: they are compared whole
        return [
            row for table in ("reached", "sources", "cards", "holders")
            for row in base.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]  # fmt: skip


def test_an_index_of_another_log_begins_anew(told: Path, tmp_path: Path) -> None:
    with open_home(tmp_path / "other") as home:
        decide(home, history(9, 300), tmp_path, 64)
    whole = index_of(told, tmp_path / CARDS_FILE)
    expected = rows_of(whole)
    whole.close()
    index_of(tmp_path / "other", tmp_path / CARDS_FILE).close()
    again = index_of(told, tmp_path / CARDS_FILE)
    assert rows_of(again) == expected
    again.close()


@pytest.mark.parametrize("harm", ["cut", "text", "format"])
def test_a_file_that_is_no_index_is_made_again(told: Path, tmp_path: Path, harm: str) -> None:
    path = tmp_path / CARDS_FILE
    whole = index_of(told, path)
    expected = rows_of(whole)
    whole.file.close()
    if harm == "text":
        path.write_bytes(b"this is no database" * 1000)
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[:50])
    else:
        index = CardIndex(path, Names())
        with index.file._writing.changed() as base:
            base.execute("UPDATE reached SET format = 0")
        index.file.close()
    again = index_of(told, path)
    assert rows_of(again) == expected
    again.close()


def test_a_changed_row_is_found_by_its_checksum_and_answers_nothing(told: Path, tmp_path: Path) -> None:
    keys = open_keys(told).keys
    index = index_of(told, tmp_path / CARDS_FILE)
    with index.file._writing.changed() as base:
        base.execute("UPDATE cards SET state = CAST(substr(state, 1, 1) || x'00' || substr(state, 3) AS BLOB)")
    with pytest.raises(StoreError, match="made of the log again"):
        for number in NUMBERS:
            index.known(SOURCES[0], card_of(keys, number), keys)
    index.close()
    shutil.rmtree(tmp_path)


def test_an_index_goes_along_with_a_home_and_mends_itself_while_the_line_goes_on(tmp_path: Path) -> None:
    rows, failures = history(5, 300), list[str]()
    with open_home(tmp_path / "home") as home:
        decide(home, rows[:100], tmp_path, 64)
        with CardFollower(home, failures.append) as follower:
            card = card_of(home.ring.keys, NUMBERS[0])
            assert as_plain(abreast(follower, card)) == as_plain(known_of(home.path, NUMBERS[0], source=SOURCES[0]))
            decide(home, rows[100:200], tmp_path, 1)
            told_now = follower.known(SOURCES[0], card)
            assert told_now is not None, "it is abreast as soon as the events are saved"
            assert as_plain(told_now) == as_plain(known_of(home.path, NUMBERS[0], source=SOURCES[0]))
            with closing(sqlite3.connect(home.path / CARDS_FILE)) as base, base:
                base.execute("DROP TABLE cards")
            decide(home, rows[200:], tmp_path, 64)
            assert as_plain(abreast(follower, card)) == as_plain(known_of(home.path, NUMBERS[0], source=SOURCES[0]))
        assert home.records.last_seq() >= len(rows) - 1
        assert home.followers == []
    assert any("no such table" in failure for failure in failures)


def abreast(follower: CardFollower, card: bytes) -> Known:
    """Return what is known of a card once the index is abreast of the log."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(StoreError):
            found = follower.known(SOURCES[0], card)
            if found is not None:
                return found
        time.sleep(0.02)
    raise AssertionError("the index was never abreast")
