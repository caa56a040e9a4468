"""Messages that hold many events: lines of JSON and Arrow streams, each event once, a bad one refused alone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafka_broker import Broker, as_message, broker
from small_events import Row, fan_in, transfer
from stanch.engine.home import Home
from stanch.engine.opening import open_home
from stanch.intake.messages import Columns, Part, Senders, Sent, unpacked
from stanch.model.errors import StoreError
from stanch.model.schema import CLEAR_SCHEMA
from stanch.store.records import Records
from stanch.store.rows import Commit
from stanch.stream.offsets import Mark, Spot, as_progress, from_progress
from stanch.stream.portions import Portion, Portions
from stream.streams import configured, id_of, logged, offsets, payments, quarantined, streamed

__all__ = ["broker"]

NDJSON, ARROW = "application/x-ndjson", "application/vnd.apache.arrow.stream"
ROWS = [row for n in range(4) for row in fan_in(3600 * n, payee=f"mule-{n}")]
IDS = [str(row["event_id"]) for row in ROWS]
ANYBODY = Senders(frozenset({"bank"}), frozenset({"transfer"}), most=100)


def as_arrow(rows: Sequence[Row], compression: str | None = None, schema: pa.Schema = CLEAR_SCHEMA) -> bytes:
    """Return events as an Arrow stream."""
    sink = io.BytesIO()
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as out:
        out.write_table(table)
    return sink.getvalue()


def places(home: Path) -> list[tuple[str, int, str]]:
    """Return where each row of the quarantine stood, and why it is there."""
    return [(str(row["file"]), int(str(row["row"])), str(row["reason"])) for row in quarantined(home)]


def test_the_header_says_what_a_message_is(broker: Broker, tmp_path: Path) -> None:
    topic, bodies = broker.make(), payments(4)
    broker.send(topic, bodies[:13])
    broker.send(topic, [b"\n".join(bodies[13:26])], said=f"{NDJSON}; charset=utf-8")
    broker.send(topic, [as_arrow(ROWS[26:39])], said=ARROW)
    broker.send(topic, bodies[39:], said="application/json")
    state = streamed(tmp_path / "home", configured(tmp_path, broker, topic))
    assert (state.counts.messages, state.counts.events, state.counts.refused) == (28, 52, 0)
    assert logged(tmp_path / "home") == IDS
    assert offsets(tmp_path / "home") == {Spot(topic, 0): 28}
    assert state.counts.found, "what is found does not depend on how it was sent"


@pytest.mark.parametrize("format_", ["ndjson", "arrow"])
def test_a_configuration_may_say_it_too(broker: Broker, tmp_path: Path, format_: str) -> None:
    topic = broker.make()
    broker.send(topic, [as_arrow(ROWS) if format_ == "arrow" else b"\r\n".join([*payments(4), b""])], said="text/plain")
    streamed(tmp_path / "home", configured(tmp_path, broker, topic, topic_more=f'format = "{format_}"'))
    assert logged(tmp_path / "home") == IDS


def test_a_bad_line_is_refused_alone_and_told_by_message_and_line(broker: Broker, tmp_path: Path) -> None:
    topic, good = broker.make(), payments(1)
    other = good[3].replace(b'"bank"', b'"other"')
    broker.send(topic, [b"before"])
    broker.send(topic, [b"\n".join([*good[:2], b"garbage", b"", *good[2:7], other, *good[7:]]), b" \n "], said=NDJSON)
    state = streamed(tmp_path / "home", configured(tmp_path, broker, topic))
    assert (state.counts.messages, state.counts.refused) == (3, 4)
    assert logged(tmp_path / "home") == [id_of(body) for body in good]
    told = sorted(places(tmp_path / "home"))
    assert [place[:2] for place in told] == [
        (f"{topic}/0", 0), (f"{topic}/0", 2), (f"{topic}/0/1", 3), (f"{topic}/0/1", 10),
    ]  # fmt: skip
    for place, reason in zip(told, ("malformed", "no line in it", "malformed", "this topic is for bank"), strict=True):
        assert reason in place[2]


def test_a_bad_row_of_an_arrow_stream_is_refused_alone(broker: Broker, tmp_path: Path) -> None:
    topic, rows = broker.make(), [dict(row) for row in fan_in()]
    rows[4]["source"], rows[9]["amount"] = "other", -5
    words = pa.schema([f.with_type(pa.string()) if f.name == "amount" else f for f in CLEAR_SCHEMA])
    spoiled = [{**row, "event_id": f"w-{n}", "amount": "a lot" if n == 2 else "300"} for n, row in enumerate(fan_in())]
    broker.send(topic, [as_arrow(rows), as_arrow(spoiled, schema=words)], said=ARROW)
    streamed(tmp_path / "home", configured(tmp_path, broker, topic))
    assert logged(tmp_path / "home") == [
        *(str(row["event_id"]) for n, row in enumerate(rows) if n not in (4, 9)),
        *(f"w-{n}" for n in range(13) if n != 2),
    ]
    told = sorted(places(tmp_path / "home"))
    assert [place[:2] for place in told] == [(f"{topic}/0/0", 5), (f"{topic}/0/0", 10), (f"{topic}/0/1", 3)]
    assert "this topic is for bank" in told[0][2]
    assert '"event_id":"w-2"' in str(quarantined(tmp_path / "home")[-1]["verbatim"])


def test_streams_that_mean_harm_are_refused_whole_and_stop_nothing(broker: Broker, tmp_path: Path) -> None:
    topic = broker.make()
    unknown = pa.schema([pa.field("colour", pa.string())])
    naive = pa.schema([
        f.with_type(pa.timestamp("us")) if f.name == "happened_at" else f for f in CLEAR_SCHEMA
    ])  # fmt: skip
    harm = {
        as_arrow(ROWS, "zstd"): "compressed",
        as_arrow([{"colour": "red"}], schema=unknown): "unknown column 'colour'",
        as_arrow(ROWS, schema=naive): "expected a timestamp with a zone",
        as_arrow(ROWS * 3): "more than 60 events",
        as_arrow(ROWS)[:-900]: "not an Arrow IPC stream",
        b"": "an empty message",
        b"x" * 200_000: "200000 bytes",
    }
    broker.send(topic, [*harm, as_arrow(ROWS), as_arrow([])], said=ARROW)
    more = "batch_events = 60\nlongest = 100_000"
    state = streamed(tmp_path / "home", configured(tmp_path, broker, topic, topic_more=more))
    assert (state.counts.messages, state.counts.refused) == (len(harm) + 2, len(harm))
    assert logged(tmp_path / "home") == IDS
    for offset, (place, reason) in enumerate(zip(sorted(places(tmp_path / "home")), harm.values(), strict=True)):
        assert place[:2] == (f"{topic}/0", offset)
        assert reason in place[2]
    assert offsets(tmp_path / "home") == {Spot(topic, 0): len(harm) + 2}


def test_a_mapping_reads_the_lines_and_columns_of_a_batch(broker: Broker, tmp_path: Path) -> None:
    (tmp_path / "bank.yaml").write_text(
        "source: bank\nconstants: {kind: transfer, currency: CNY}\nwhere: {S: [booked]}\ncolumns:\n"
        "  happened_at: {column: T, time: epoch_s}\n  src: {column: A, as: account}\n"
        "  dst: {column: B, as: account}\n  amount: {column: M, unit: major}\n"
    )
    base = {"T": 1_772_416_800, "A": "1", "B": 2, "M": 1.5, "S": "booked"}
    rows = [base, base | {"S": "open"}, base | {"A": None}, base | {"M": 7.25}]
    schema = pa.schema({"T": pa.int64(), "A": pa.string(), "B": pa.int32(), "M": pa.float64(), "S": pa.string()})
    topic, home = broker.make(), tmp_path / "home"
    broker.send(topic, [b"\n".join(map(as_message, rows))], said=NDJSON)
    broker.send(topic, [as_arrow(rows, schema=schema)], said=ARROW)
    state = streamed(home, configured(tmp_path, broker, topic, topic_more='map = "bank.yaml"'))
    assert (state.counts.events, state.counts.left_out, state.counts.refused) == (4, 2, 2)
    digests = [hashlib.sha256(f"{topic}/0/{offset}".encode()).hexdigest()[:16] for offset in (0, 1)]
    assert logged(home) == [f"{digest}:{line}" for digest in digests for line in (1, 4)]
    assert [place[:2] for place in places(home)] == [(f"{topic}/0/0", 3), (f"{topic}/0/1", 3)]


class Failing:
    """A disk that takes so many commits, and then none."""

    def __init__(self, home: Home, commits: int) -> None:
        self._save, self._left = home.records.commit_all, commits
        home.records.commit_all = self._commit_all  # type: ignore[method-assign]  # the injected disk

    def _commit_all(self, commits: Sequence[Commit]) -> None:
        if self._left <= 0:
            raise StoreError("the disk failed; check it")
        self._left -= 1
        self._save(commits)


@pytest.mark.parametrize("said", [NDJSON, ARROW])
def test_a_message_that_is_saved_in_parts_is_taken_once(broker: Broker, tmp_path: Path, said: str) -> None:
    topic, home = broker.make(), tmp_path / "home"
    rows = [*ROWS[:20], dict(ROWS[20]) | {"source": "other"}, *ROWS[21:]]
    lines = payments(4)
    lines[20] = lines[20].replace(b'"bank"', b'"other"')
    whole = as_arrow(rows) if said == ARROW else b"\n".join(lines)
    broker.send(topic, [whole], said=said)
    broker.send(topic, payments(1, 4))
    config, halves = configured(tmp_path, broker, topic, more="most = 5"), 0
    for commits in (1, 2, 3):
        with pytest.raises(StoreError, match="the disk failed"), open_home(home) as opened:
            Failing(opened, commits)
            streamed(opened, config)
        with Records.read(home) as records:
            mark = from_progress(records.progress())[Spot(topic, 0)]
        assert len(logged(home)) == mark.line - (mark.line >= 21)
        halves += mark.line > 0
    assert halves == 3, "nothing was cut in two"
    streamed(home, config)
    assert logged(home) == [*IDS[:20], *IDS[21:], *(id_of(body) for body in payments(1, 4))]
    assert [place[:2] for place in places(home)] == [(f"{topic}/0/0", 21)]
    assert offsets(home) == {Spot(topic, 0): 14}


def _parts(offset: int, body: bytes, said: str, after: int = 0) -> list[Part]:
    return unpacked(Sent(offset, body, said), ANYBODY, after)


_SAID = st.lists(st.tuples(st.sampled_from(["", NDJSON, ARROW]), st.integers(0, 9)), min_size=1, max_size=8)


@given(_SAID, st.lists(st.integers(1, 7), min_size=1, max_size=5))
@settings(deadline=None)
def test_however_it_is_cut_every_event_is_there_once_and_the_marks_lead_on(
    sent: list[tuple[str, int]], rooms: list[int]
) -> None:
    spot, expected, portions = Spot("t", 0), list[str](), list[Portion]()
    bodies: list[tuple[bytes, str]] = []
    for offset, (said, count) in enumerate(sent):
        rows = [transfer(f"{offset}-{n}", n, "a", "b") for n in range(1 if said == "" else count)]
        lines = [as_message({"event_id": row["event_id"]}) for row in rows]
        bodies.append((as_arrow(rows) if said == ARROW else b"\n".join(lines), said))
        portions += [Portion(spot, part) for part in _parts(offset, *bodies[-1])]
        expected += [str(row["event_id"]) for row in rows]
    whole, start, turn, found = Portions(portions), 0, 0, list[str]()
    while start < whole.count:
        stop = min(whole.count, start + rooms[turn % len(rooms)])
        cut = whole.cut(start, stop)
        found += [name for portion in cut for name in _names(portion.part)]
        mark = cut[-1].mark
        rest = [
            portion for offset, (body, said) in enumerate(bodies) if offset >= mark.offset
            for portion in _parts(offset, body, said, mark.line if offset == mark.offset else 0)
        ]  # fmt: skip
        assert found + [name for part in rest for name in _names(part)] == expected, "what is left follows the mark"
        start, turn = stop, turn + 1
    assert found == expected


def _names(part: Part) -> list[str]:
    if isinstance(part, Columns):
        return [str(name) for name in part.table["event_id"].to_pylist()]
    return [id_of(part.body)] if part.body else []


@given(st.dictionaries(st.builds(Spot, st.sampled_from(["a", "b c", "d+e"]), st.integers(0, 99)),
                       st.builds(Mark, st.integers(0, 2**62), st.integers(0, 10**6))))  # fmt: skip
def test_marks_are_read_as_they_were_written(marks: dict[Spot, Mark]) -> None:
    assert from_progress(as_progress(marks) | {"a.csv": "3", "kafka": "cluster"}) == marks
