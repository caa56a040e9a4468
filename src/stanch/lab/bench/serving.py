"""How many events a second ``stanch serve`` decides for callers that wait for their answers, sender included."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from stanch.api.bodies import ARROW, NDJSON
from stanch.api.keys import FILE, ApiKeys, Wish
from stanch.api.scopes import SCOPES
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Measured
from stanch.lab.bench.load import Load, request, send, write_requests
from stanch.lab.bench.served import answering_at_once, serving
from stanch.model.schema import CLEAR_SCHEMA

CONNECTIONS: Final = 32
SECONDS: Final = 8
#: More than can be decided in this time: an event sent twice would be answered from memory.
_SINGLES: Final = 200_000
_BATCH: Final = 4_096
_FEW: Final = 4
_BUDGET: Final = 1e7

Key = str
Sent = tuple[str, bytes]  # the source of an event or of a batch, and what is sent


def serve_one(bed: Bed) -> Measured:
    """Measure one event a request, beside an endpoint that answers at once."""
    load, note = _singles(bed)
    return Measured("serve_one", load.rate, "decisions/s", "an endpoint that answers at once", _ceiling(bed).rate, note)


def serve_one_p99(bed: Bed) -> Measured:
    """Tell within how many milliseconds 99 % of these requests had their answer."""
    load, _ = _singles(bed)
    return Measured(
        "serve_one_p99", load.measured.p99 * 1e3, "ms", "an endpoint that answers at once",
        _ceiling(bed).measured.p99 * 1e3, f"half of them within {load.measured.p50 * 1e3:.1f} ms",
    )  # fmt: skip


def serve_lines(bed: Bed) -> Measured:
    """Measure batches of NDJSON, a few callers at once."""
    return _batches(bed, "serve_lines", NDJSON[0], lambda table: b"\n".join(bodies_of(table)))


def serve_stream(bed: Bed) -> Measured:
    """Measure batches as Arrow streams, a few callers at once."""
    return _batches(bed, "serve_stream", ARROW, _as_stream)


@cache
def _singles(bed: Bed) -> tuple[Load, str]:
    requests = bed.folder / "singles"
    home, keys = home_of(bed, "singles")
    write_requests(requests, _requests(keys, "/v1/events", b"application/json", each_of(later(bed))))
    with serving(home, clock="events") as (port, process):
        before, load = process.cpu_times(), send(port, requests, CONNECTIONS, SECONDS)
        after = process.cpu_times()
    _check(load, "of single events")
    took = load.measured.seconds
    share = (after.user + after.system - before.user - before.system) / took
    note = (
        f"{CONNECTIONS} connections, answered after the commit; sent by {load.sender} on the same cores, "
        f"{load.share:.0%} of a core; the server {share:.0%}"
    )
    return load, note


@cache
def _ceiling(bed: Bed) -> Load:
    _singles(bed)
    with answering_at_once() as port:
        time.sleep(2)  # it tells nobody when it listens
        return send(port, bed.folder / "singles", CONNECTIONS, _FEW)


def _batches(bed: Bed, name: str, content_type: bytes, body: Callable[[pa.Table], bytes]) -> Measured:
    requests = bed.folder / name
    home, keys = home_of(bed, name)
    sent = [(source, part) for source, table in _by_source(later(bed)) for part in _parts(table)]
    sizes = [part.num_rows for _, part in sent]
    batches = [(source, body(part)) for source, part in sent]
    write_requests(requests, _requests(keys, "/v1/events/batch", content_type, batches))
    with serving(home, clock="events", waiting_per_key=10_000_000) as (port, _):
        load = send(port, requests, _FEW, 3, own=True)
    _check(load, "of batches")
    events = sum(sizes[: load.measured.requests])
    note = f"{load.measured.requests} requests of up to {_BATCH:,} events over {_FEW} connections, {load.sender}"
    return Measured(name, events / load.measured.seconds, "decisions/s", note=note)


def home_of(bed: Bed, name: str) -> tuple[Path, dict[str, Key]]:
    """Return a home that knows the first day of the world, and a key for each source."""
    home_folder = bed.folder / f"home-{name}"
    with open_home(home_folder) as home:
        replay(home, bed.files[:1])
        home.snapshot()
    keys, secrets = ApiKeys(home_folder / FILE), {}
    for source in sorted(set(later(bed)["source"].to_pylist())):
        wish = Wish(source, tuple(SCOPES), rate=_BUDGET, burst=int(_BUDGET))
        secrets[source] = keys.create(wish, time.time_ns() // 1000)[1]
    keys.close()
    return home_folder, secrets


def later(bed: Bed, most: int = _SINGLES) -> pa.Table:
    """Return what the world's senders send after its first day, in its order; ``most`` events."""
    days = [pq.read_table(path).cast(CLEAR_SCHEMA) for path in bed.files[1:]]
    return pa.concat_tables(days).sort_by("known_at").slice(0, most)


def _by_source(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    for source in table["source"].unique().to_pylist():
        yield source, table.filter(pa.compute.equal(table["source"], source))


def _parts(table: pa.Table) -> list[pa.Table]:
    return [table.slice(start, _BATCH) for start in range(0, table.num_rows, _BATCH)]


def each_of(table: pa.Table) -> Iterator[Sent]:
    """Yield the source of each event, and the event in the form that senders write."""
    for start in range(0, table.num_rows, _BATCH):  # a whole table as Python objects takes gigabytes
        part = table.slice(start, _BATCH)
        yield from zip(part["source"].to_pylist(), bodies_of(part), strict=True)


def bodies_of(table: pa.Table) -> list[bytes]:
    """Return events in the form that senders write."""
    return [
        msgspec.json.encode({name: value for name, value in row.items() if value is not None})
        for row in table.to_pylist()
    ]


def _as_stream(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def _requests(keys: dict[str, Key], path: str, content_type: bytes, sent: Iterable[Sent]) -> Iterator[bytes]:
    for source, body in sent:
        headers = {"Authorization": f"Bearer {keys[source]}", "Content-Type": content_type.decode()}
        yield request(path, body, headers)


def _check(load: Load, what: str) -> None:
    if load.measured.refused or load.measured.failed:
        raise AssertionError(f"{load.measured.refused} requests {what} were refused, {load.measured.failed} failed")
