"""How fast streams are on this machine: ``PYTHONPATH=src:tests python tests/stream_rates.py [--people N] [--days N]``.

A small world is read from files and from a broker, each into a home of its own. Then payments are sent slowly, to see
how long it takes from a message to its decision. Broker and sender run on the same machine as the line.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet as pq

from api.server import as_sent
from kafka_broker import Broker, kafka, running
from small_events import fan_in
from stanch.api.line_thread import wall_clock
from stanch.api.logs import Log
from stanch.api.scopes import SCOPE_OF_KIND
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.engine.warming import warm
from stanch.intake.take import CHUNK_ROWS
from stanch.lab.world import load_parameters, make_world
from stanch.stream.config import read_stream
from stanch.stream.run import Life, run


def main() -> None:
    """Print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running() as broker:
        folder = Path(name)
        make_world(load_parameters("start"), 1, asked.people, asked.days, folder / "world")
        files = sorted((folder / "world" / "events").glob("*.parquet"))
        lines = folder / "events.ndjson"
        count = _write_lines(files, lines)
        found: dict[str, Any] = {"events": count}  # Any: figures of several kinds
        for what, source in (("files_parquet", files), ("files_ndjson", [lines])):
            with open_home(folder / what) as home:
                warm(home.rules, home.scorer)
                found[what] = _timed(partial(replay, home, source), count)
        found["produced"] = _timed(lambda: _produce(broker, lines), count)
        found["stream"] = _stream(broker, folder, count)
        found["latency"] = _latency(broker, folder, asked.rate, asked.seconds)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


def _write_lines(files: list[Path], out: Path) -> int:
    """Write a world as its senders would: one JSON object a line."""
    count = 0
    with out.open("wb") as stream:
        for row in _rows(files):
            stream.write(msgspec.json.encode(row) + b"\n")
            count += 1
    return count


def _rows(files: list[Path]) -> Iterator[dict[str, object]]:
    rows = [
        row for file in files for batch in pq.ParquetFile(file).iter_batches(CHUNK_ROWS) for row in batch.to_pylist()
    ]
    for row in sorted(rows, key=lambda row: row["known_at"] or row["happened_at"]):
        yield {name: value for name, value in row.items() if value is not None}


def _timed(work: Callable[[], object], count: int) -> dict[str, int]:
    begun, spent = time.perf_counter(), _cpu()
    work()
    wall, cpu = time.perf_counter() - begun, _cpu() - spent
    return {"events_a_second": round(count / wall), "events_a_cpu_second": round(count / cpu)}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _produce(broker: Broker, lines: Path) -> None:
    broker.make(1, "world")
    with lines.open("rb") as stream:
        broker.send("world", [line.rstrip(b"\n") for line in stream])


def _config(broker: Broker, folder: Path, topic: str, sources: set[str], send: str = "") -> Path:
    file = folder / f"{topic}.toml"
    file.write_text(
        f'brokers = "{broker.address}"\n{send}\n[topics.{topic}]\nsources = {sorted(sources)}\n'
        'scopes = ["decide", "report", "administer"]\nmax_jump = "30d"\n'
    )
    return file


def _stream(broker: Broker, folder: Path, count: int) -> dict[str, int]:
    with (folder / "events.ndjson").open("rb") as lines:
        sources = {msgspec.json.decode(line)["source"] for line in lines}
    stream = read_stream(_config(broker, folder, "world", sources), SCOPE_OF_KIND)
    with open_home(folder / "stream") as home:
        warm(home.rules, home.scorer)
        life = Life(Event(), Log("warning"), lambda _: None, wall_clock, until_end=True)
        done: list[Any] = []  # Any: the state at the end
        figures = _timed(lambda: done.append(run(home, stream, life)), count)
    counts = done[0].counts
    assert counts.events + counts.repeats + counts.aside + counts.refused == count, counts
    return figures | {"refused": counts.refused + counts.aside}


def _latency(broker: Broker, folder: Path, rate: int, seconds: int) -> dict[str, float]:
    """Return how long it takes from the sending of a message to the decision's message, in milliseconds."""
    broker.make(1, "live"), broker.make(1, "decisions")
    (folder / "send.yaml").write_text(
        f'sender: {{name: centre}}\nkafka: {{brokers: "{broker.address}"}}\n'
        "topics: {decision: {kafka: decisions}}\n"
    )
    stream = read_stream(_config(broker, folder, "live", {"bank"}, 'send = "send.yaml"'), SCOPE_OF_KIND)
    stopping = Event()
    with open_home(folder / "live") as home, ProcessPoolExecutor(1, get_context("spawn")) as others:
        warm(home.rules, home.scorer)
        talk = others.submit(_talk, broker.address, rate, seconds)
        talk.add_done_callback(lambda _: stopping.set())
        run(home, stream, Life(stopping, Log("warning"), lambda _: None, wall_clock))
        sent, waits = talk.result()
    return {
        "sent_a_second": round(sent / seconds), "decisions": len(waits),
        **{f"p{share}": round(float(np.percentile(waits, share)), 1) for share in (50, 90, 99)},
    }  # fmt: skip


def _talk(address: str, rate: int, seconds: int) -> tuple[int, list[float]]:
    """Send payments and hear decisions, in a process of their own; return how many, and the waits in milliseconds."""
    stopping, sent, heard = Event(), dict[str, float](), dict[str, float]()
    threads = [
        Thread(target=_hear, args=(address, heard, stopping)),
        Thread(target=_say, args=(address, sent, rate, seconds, stopping)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(sent), [(heard[name] - sent[name]) * 1000 for name in heard if name in sent]


def _say(address: str, sent: dict[str, float], rate: int, seconds: int, stopping: Event) -> None:
    producer = kafka.Producer({"bootstrap.servers": address, "log_level": 0})
    time.sleep(5)  # the line is being warmed
    begun, count = time.perf_counter(), 0
    for turn in range(10**6):
        for row in map(as_sent, fan_in(3600 * turn, payee=f"mule-{turn}")):
            sent[str(row["event_id"])] = time.perf_counter()
            producer.produce("live", json.dumps(row).encode(), partition=0)
            producer.poll(0)
            count += 1
            time.sleep(max(0.0, begun + count / rate - time.perf_counter()))
        if time.perf_counter() - begun > seconds:
            break
    producer.flush(10)
    time.sleep(3)
    stopping.set()


def _hear(address: str, heard: dict[str, float], stopping: Event) -> None:
    consumer = kafka.Consumer(
        {"bootstrap.servers": address, "log_level": 0, "group.id": "rates", "fetch.wait.max.ms": 5}
    )
    consumer.assign([kafka.TopicPartition("decisions", 0, 0)])
    while not stopping.is_set():
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            heard.setdefault(msgspec.json.decode(message.value())["content"]["event_id"], time.perf_counter())
    consumer.close()


if __name__ == "__main__":
    main()
