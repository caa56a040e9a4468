"""Events of topics in the log: what comes, what is refused, what a broker that goes away or forgets does to us."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from api.server import as_sent
from kafka_broker import Broker, as_message, broker, free_port, running
from small_events import fan_in, write_events
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.model.errors import ConfigError, StoreError
from stanch.store.records import Records
from stanch.stream.offsets import CLUSTER, Mark, Spot, as_progress
from stanch.stream.run import State
from stream.streams import Heard, configured, decided, id_of, logged, offsets, payments, quarantined, streamed

__all__ = ["broker"]

_PATIENCE = 90.0


def test_messages_are_decided_as_the_same_rows_of_a_file_are(broker: Broker, tmp_path: Path) -> None:
    topic = broker.make()
    rows = [row for n in range(5) for row in fan_in(3600 * n, payee=f"mule-{n}")]
    broker.send(topic, [as_message(as_sent(row)) for row in rows])
    state = streamed(tmp_path / "home", configured(tmp_path, broker, topic))
    assert (state.counts.messages, state.counts.events, sum(state.lags.values())) == (len(rows), len(rows), 0)
    with open_home(tmp_path / "files") as home:
        replay(home, [write_events(tmp_path / "events.parquet", rows)])
    assert decided(tmp_path / "home") == decided(tmp_path / "files")
    assert state.counts.found


def test_a_second_run_goes_on_where_the_log_ends(broker: Broker, tmp_path: Path) -> None:
    topic = broker.make()
    config = configured(tmp_path, broker, topic)
    broker.send(topic, payments(2))
    streamed(tmp_path / "home", config)
    broker.send(topic, payments(1, 2))
    again = streamed(tmp_path / "home", config)
    assert (again.counts.messages, again.counts.repeats) == (13, 0)
    assert offsets(tmp_path / "home") == {Spot(topic, 0): 39}


POISON: dict[str, tuple[bytes | None, str]] = {
    "garbage": (b"\x00\xff\xfe garbage", "malformed"),
    "nothing": (None, "an empty message"),
    "far too long": (b"x" * 10_000_000, "10000000 bytes"),
    "deeply nested": (b'{"kind": "transfer", "attrs": ' + b"[" * 50_000, "nested too deeply"),
    "a wrong institution": (as_message(as_sent(fan_in()[0]) | {"source": "other"}), "this topic is for bank"),
    "a kind beyond its scopes": (
        as_message(as_sent(fan_in()[0]) | {"kind": "confirmed", "detail": "fraud"}), "may not come over this topic"
    ),
    "no kind": (b'{"event_id": "x"}', "missing required field `kind`"),
    "half a character": (payments(1)[0].replace(b"payer-0", rb"\ud83d"), "malformed"),
    "a list": (b"[1, 2]", "array"),
    "a number that is none": (payments(1)[0].replace(b"200000", b"1e999"), "at `$.amount`"),
    "a very long id": (payments(1)[0].replace(b"in-mule-0-0", b"i" * 300), "longer than 256"),
}  # fmt: skip


def test_what_cannot_be_taken_goes_to_quarantine_and_stops_nothing(broker: Broker, tmp_path: Path) -> None:
    topic, good = broker.make(), payments(1)
    bodies: list[bytes | None] = [*good[:5], *(body for body, _ in POISON.values()), *good[5:]]
    broker.send(topic, bodies)
    state = streamed(tmp_path / "home", configured(tmp_path, broker, topic))
    assert state.counts.refused == len(POISON)
    assert logged(tmp_path / "home") == [id_of(body) for body in good]
    assert offsets(tmp_path / "home") == {Spot(topic, 0): len(bodies)}
    kept = {int(str(row["row"])): row for row in quarantined(tmp_path / "home")}
    for offset, (what, (_, reason)) in enumerate(POISON.items(), 5):
        assert kept[offset]["file"] == f"{topic}/0"
        assert reason in str(kept[offset]["reason"]), what
        assert len(str(kept[offset]["verbatim"])) < 20_000, "a poison does not fill the disk"


def test_poison_alone_moves_the_offset_too_and_is_kept_once(broker: Broker, tmp_path: Path) -> None:
    topic = broker.make()
    broker.send(topic, [b"garbage", b"more"])
    config = configured(tmp_path, broker, topic)
    for _ in range(2):
        streamed(tmp_path / "home", config)
    assert offsets(tmp_path / "home") == {Spot(topic, 0): 2}
    assert [row["row"] for row in quarantined(tmp_path / "home")] == [0, 1]


def test_a_mapped_message_means_the_same_whatever_comes_beside_it(broker: Broker, tmp_path: Path) -> None:
    (tmp_path / "bank.yaml").write_text(
        "source: bank\nconstants: {kind: transfer, currency: CNY}\nwhere: {S: [booked]}\ncolumns:\n"
        "  event_id: ID\n  happened_at: {column: T, time: epoch_s}\n  src: {column: A, as: account}\n"
        "  dst: {column: B, as: account}\n  amount: {column: M, unit: major}\n"
    )
    base = {"T": 1_772_416_800, "A": "1", "B": 2, "M": 1.5, "S": "booked"}
    bodies = [
        as_message(base | {"ID": 7}), as_message(base | {"ID": 8.5}), as_message(base | {"ID": "9", "M": "x"}),
        as_message(base | {"ID": "left out", "S": "open"}), b"[", as_message(base | {"ID": "10", "A": {"a": 1}}),
    ]  # fmt: skip
    ids = []
    for most in (1, 4096):
        topic = broker.make()
        broker.send(topic, bodies)
        config = configured(tmp_path, broker, topic, more=f"most = {most}", topic_more='map = "bank.yaml"')
        state = streamed(tmp_path / f"home-{most}", config)
        assert (state.counts.messages, state.counts.left_out, state.counts.refused) == (6, 1, 2)
        ids.append(logged(tmp_path / f"home-{most}"))
    assert ids[0] == ids[1] == ["7", "8.5", "10"]


def test_partitions_are_merged_so_that_none_runs_ahead_of_another(broker: Broker, tmp_path: Path) -> None:
    topic, bodies = broker.make(3), payments(60)
    for turn in range(0, len(bodies), 30):  # in the order of time, to one partition after the other
        broker.send(topic, bodies[turn : turn + 30], turn // 30 % 3)
    state = streamed(tmp_path / "home", configured(tmp_path, broker, topic, more="most = 16"))
    assert sorted(logged(tmp_path / "home")) == sorted(map(id_of, bodies))
    assert state.counts.late < len(bodies) // 20


def test_a_stream_that_is_stopped_has_saved_what_it_took(broker: Broker, tmp_path: Path) -> None:
    topic, bodies = broker.make(), payments(30)
    broker.send(topic, bodies)
    stopping = Event()
    home = tmp_path / "home"
    config = configured(tmp_path, broker, topic, more="most = 10")
    with _aside(lambda: streamed(home, config, stopping=stopping)):
        _wait_for(lambda: _length(home) > 20)
        stopping.set()
    assert logged(home) == [id_of(body) for body in bodies[: offsets(home)[Spot(topic, 0)]]]


def test_by_the_wall_clock_we_say_when_we_learned(broker: Broker, tmp_path: Path) -> None:
    topic = broker.make()
    broker.send(topic, payments(1))
    streamed(tmp_path / "home", configured(tmp_path, broker, topic, more='clock = "wall"'))
    with Records.read(tmp_path / "home") as records:
        known = [moment for block in records.blocks() for moment in block.block.columns["known_at"].tolist()]
    assert min(sorted(known)[-13:]) > 1_772_416_800_000_000 + 86_400_000_000 * 30


def test_a_broker_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    port, log, stopping = free_port(), Heard(), Event()
    home, config = tmp_path / "home", tmp_path / "stream.toml"
    config.write_text(f'brokers = "127.0.0.1:{port}"\n[topics.payments]\nsources = ["bank"]\n')
    with _aside(lambda: streamed(home, config, stopping=stopping, log=log)):
        _wait_for(lambda: len(log.told("broker_away")) >= 1)
        with running(port) as late:
            late.make(name="payments")
            late.send("payments", payments(2))
            _wait_for(lambda: _length(home) == 26)
            stopping.set()
    assert logged(home) == [id_of(body) for body in payments(2)]


def test_a_broker_that_stands_still_is_told_and_the_stream_goes_on_by_itself(tmp_path: Path) -> None:
    log, stopping, home = Heard(), Event(), tmp_path / "home"
    with running() as broker:
        topic = broker.make()
        broker.send(topic, payments(1))
        with _aside(lambda: streamed(home, _impatient(tmp_path, broker, topic), stopping=stopping, log=log)):
            _wait_for(lambda: _length(home) == 13)
            broker.process.send_signal(signal.SIGSTOP)
            _wait_for(lambda: bool(log.told("broker_away") or log.told("broker_trouble")))
            broker.process.send_signal(signal.SIGCONT)
            broker.send(topic, payments(1, 1))
            _wait_for(lambda: _length(home) == 26)
            stopping.set()
    assert logged(home) == [id_of(body) for body in payments(2)]


def _impatient(folder: Path, broker: Broker, topic: str) -> Path:
    return configured(folder, broker, topic, more='[properties]\n"socket.timeout.ms" = 1500\n')


def test_a_broker_that_was_begun_anew_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    port, home = free_port(), tmp_path / "home"
    with running(port) as before:
        before.make(name="payments")
        before.send("payments", payments(2))
        config = configured(tmp_path, before, "payments")
        streamed(home, config)
    with running(port) as after:
        after.make(name="payments")
        after.send("payments", payments(1, 2))
        with pytest.raises(StoreError, match=r"payments/0: 26 comes next .* --accept-gap"):
            streamed(home, config)
        assert offsets(home) == {Spot("payments", 0): 26}
        log = Heard()
        streamed(home, config, accept_gap=True, log=log)
        assert [line.facts["next"] for line in log.told("gap")] == [26]
    assert logged(home) == [id_of(body) for body in payments(3)]


def test_what_a_broker_forgot_is_told_before_anything_is_read(broker: Broker, tmp_path: Path) -> None:
    topic, home = broker.make(), tmp_path / "home"
    broker.send(topic, payments(1))
    with Records.open(home) as records:
        records.note_progress(as_progress({Spot(topic, 0): Mark(-5)}))
    config = configured(tmp_path, broker, topic)
    with pytest.raises(StoreError, match="--accept-gap"):
        streamed(home, config)
    streamed(home, config, accept_gap=True)
    assert offsets(home) == {Spot(topic, 0): 13}


def test_offsets_of_another_cluster_say_nothing(broker: Broker, tmp_path: Path) -> None:
    topic, home = broker.make(), tmp_path / "home"
    broker.send(topic, payments(1))
    with Records.open(home) as records:
        records.note_progress({CLUSTER: "another"} | as_progress({Spot(topic, 0): Mark(3)}))
    config = configured(tmp_path, broker, topic)
    with pytest.raises(ConfigError, match="'another'"):
        streamed(home, config)
    streamed(home, config, accept_gap=True)
    assert len(logged(home)) == 13


def test_a_topic_that_is_not_there_is_named(broker: Broker, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no topic 'nowhere'"):
        streamed(tmp_path / "home", configured(tmp_path, broker, "nowhere"))


def test_from_the_latest_on_nothing_old_is_read_and_nothing_new_is_missed(broker: Broker, tmp_path: Path) -> None:
    topic, home = broker.make(), tmp_path / "home"
    broker.send(topic, payments(1), apart=True)  # this broker names the start of its last batch as its end
    config = configured(tmp_path, broker, topic, more='start = "latest"')
    streamed(home, config)
    assert offsets(home) == {Spot(topic, 0): 13}, "where it began is noted, though nothing came"
    broker.send(topic, payments(1, 1))
    streamed(home, config)
    assert logged(home) == [id_of(body) for body in payments(1, 1)]


def test_lag_is_shown_while_there_is_some(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stanch.stream.run._SHOW_EVERY", 0.0)
    topic, shown = broker.make(), list[State]()
    broker.send(topic, payments(40))
    streamed(tmp_path / "home", configured(tmp_path, broker, topic, more="most = 64"), show=shown.append)
    lags = [state.lags[Spot(topic, 0)] for state in shown]
    assert max(lags) > 64
    assert lags[-1] == 0


@contextmanager
def _aside(work: Callable[[], object]) -> Iterator[None]:
    """Do something in a thread meanwhile; what it raises is raised here."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 it is raised again, in the test
            raised.append(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join(_PATIENCE)
    assert not thread.is_alive()
    if raised:
        raise raised[0]


def _wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not is_so():
        assert time.monotonic() < until, "it never was so"
        time.sleep(0.02)


def _length(home: Path) -> int:
    try:
        return len(logged(home))
    except StoreError:
        return 0
