"""Crash of a server: killed again and again under callers, it loses and doubles nothing that it answered.

``python -m stanch.lab.crash --http --kills 50`` makes a small world and sends it to a server, each institution with its
own key, single events and batches from many callers at once. The server is killed (SIGKILL) at random moments, some of
them while it starts, and started again. In the end every answer is held against the log and against a replay of it.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from stanch.api.keys import FILE, ApiKeys, Wish
from stanch.api.scopes import SCOPES
from stanch.engine.answers import answers_of
from stanch.engine.backtest import rerun
from stanch.engine.decisions import read_decided
from stanch.engine.names import OURSELVES, Names
from stanch.engine.rules import read_rules
from stanch.lab.served import Name, Parcel, Served, Told, callers
from stanch.store.place import ADDRESS_FILE
from stanch.store.records import Records

CALLERS: Final = 8
#: Settings of the server: time passes by the events of the world, and kills strike between snapshots and in them.
SETTINGS: Final = {"clock": "events", "snapshot_every": 100, "rate": 1_000_000, "burst": 1_000_000}

_BATCH: Final = 40
_ONE_CALL_IN: Final = 40
_ONE_BATCH_IN: Final = 60
_EARLY: Final = 0.1  # the share of kills that strike while the server starts
_LONGEST_START: Final = 4.0  # seconds
_LONGEST_WAIT: Final = 0.03  # seconds between the answer that a kill waits for and the kill
_PATIENCE: Final = 300.0  # seconds for the requests between two kills
_SYNCS: Final = 60
_PAGE: Final = 4096


class ServedCrash(msgspec.Struct, frozen=True):
    """What became of a server that was killed. Times in milliseconds, where not said; ``right``: nothing is wrong.

    ``cut`` requests got no answer from a killed server; their events were sent again. ``repeats`` were answered before
    and sent again, ``changed`` of them told something else. ``unlike_replay`` answers are not those of a replay.
    """

    database: str
    events: int
    answered: int
    acted: int
    refused: int
    kills: int
    kills_in_start: int
    cut: int
    repeats: int
    changed: int
    lost: int
    doubled: int
    unlike_replay: int
    commits: int
    answer_p50: float
    answer_p99: float
    disk_sync: float
    seconds: float

    @property
    def right(self) -> bool:
        """Whether every event was answered once, as the log and its replay say."""
        wrong = self.refused + self.changed + self.lost + self.doubled + self.unlike_replay
        return wrong == 0 and self.answered == self.events


def crash_served(
    parcels: Sequence[Parcel], home: Path, kills: int, seed: int, address: str | None = None
) -> ServedCrash:
    """Send parcels to a server of a new home under kills; ``address`` names a PostgreSQL database for its log."""
    begun = perf_counter()
    home.mkdir(parents=True, mode=0o700)
    if address is not None:
        _write(home / ADDRESS_FILE, address)
    sync, secrets = disk_sync(home), _keys(home, {parcel.source for parcel in parcels})
    chance, told, early = random.Random(seed), Told(), 0  # noqa: S311 moments to strike, no secret
    for kill in range(kills):
        if chance.random() < _EARLY:
            early += _struck_early(Served(home, SETTINGS), chance.uniform(0, _LONGEST_START))
        else:
            with _running(home, parcels, secrets, told) as server:
                _wait_for_more(told, parcels, kills - kill, chance)
                server.kill()
    with _running(home, parcels, secrets, told) as server:
        pass
    server.end()
    checked = _checked(home, told)
    return ServedCrash(
        "sqlite" if address is None else "postgresql", sum(len(parcel.ids) for parcel in parcels), len(told.answers),
        sum(b'"action":"allow"' not in answer for answer in told.answers.values()), len(told.refused), kills, early,
        told.cut, told.repeats, told.changed, *checked, *percentiles(told.seconds), sync,
        round(perf_counter() - begun, 1),
    )  # fmt: skip


def parcels_of(files: Sequence[Path], seed: int, *, batches: bool = True) -> list[Parcel]:
    """Return the events of files as senders write them, in the order in which they became known; of calls only some."""
    chance = random.Random(seed)  # noqa: S311 sizes of requests, no secret
    rows = sorted(_fewer_calls(files), key=lambda row: row["known_at"] or row["happened_at"])
    waiting: dict[str, list[tuple[str, bytes]]] = {}
    parcels: list[Parcel] = []
    wanted: dict[str, int] = {}
    for row in rows:
        source = row["source"]
        waiting.setdefault(source, []).append((row["event_id"], _as_sent(row)))
        size = wanted.setdefault(source, _BATCH if batches and chance.randrange(_ONE_BATCH_IN) == 0 else 1)
        if len(waiting[source]) >= size:
            parcels.append(_parcel(source, waiting.pop(source)))
            del wanted[source]
    return parcels + [_parcel(source, rest) for source, rest in waiting.items()]


def disk_sync(folder: Path) -> float:
    """Return what the disk under a folder needs for a page and an fsync: the median, in milliseconds."""
    times, file = [], folder / "sync.part"
    with file.open("wb", buffering=0) as stream:
        for _ in range(_SYNCS):
            begun = perf_counter()
            stream.write(bytes(_PAGE))
            os.fsync(stream.fileno())
            times.append(perf_counter() - begun)
    file.unlink()
    return round(median(times) * 1e3, 3)


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile of times, in milliseconds."""
    ordered = sorted(seconds) or [0.0]
    return round(median(ordered) * 1e3, 2), round(ordered[int(0.99 * (len(ordered) - 1))] * 1e3, 2)


@contextmanager
def _running(home: Path, parcels: Sequence[Parcel], secrets: Mapping[str, str], told: Told) -> Iterator[Served]:
    """Run a server, with callers that send what has no answer yet."""
    server = Served(home, SETTINGS)
    waiting = [p for p in parcels if any((p.source, id_) not in told.answers for id_ in p.ids)]
    with callers(server.port(), waiting, secrets, CALLERS, told):
        try:
            yield server
        except BaseException:
            server.kill()  # or its callers wait on
            raise


def _struck_early(server: Served, after: float) -> bool:
    time.sleep(after)
    server.kill()
    return True


def _wait_for_more(told: Told, parcels: Sequence[Parcel], left: int, chance: random.Random) -> None:
    """Return at a random moment, so that all kills spread over all that is to be sent."""
    share = (len(parcels) - len(told.done)) / (left + 1)
    until, patience = len(told.done) + chance.uniform(0.2, 1.8) * share, time.monotonic() + _PATIENCE
    while len(told.done) < until:
        if time.monotonic() > patience:
            raise RuntimeError(f"the callers stand still: {len(told.done)} of {len(parcels)} requests are answered")
        time.sleep(0.001)
    time.sleep(chance.uniform(0, _LONGEST_WAIT))


def _checked(home: Path, told: Told) -> tuple[int, int, int, int]:
    """Hold answers against the log; return how many are lost, doubled and unlike a replay's, and the commits."""
    names, encode = Names(), msgspec.json.encode
    with Records.read(home) as records:
        stored = [
            (source, name)
            for decided in read_decided(records)
            for name, source in zip(decided.ids(), decided.words("source"), strict=True)
            if source != OURSELVES
        ]
        commits = 0
        for block in records.blocks():
            commits += 1
            names.load(block.block.new_entities, list(block.block.new_symbols))
        rules, again = read_rules(records.policies()[-1].body), dict[Name, bytes]()
        for outcome in rerun(records, rules):
            again |= {
                (each.source, each.event_id): encode(each) for each in answers_of(outcome, names, rules.catalogue)
            }
    there = set(stored)
    lost = sum(name not in there for name in told.answers)
    unlike = sum(again.get(name) != answer for name, answer in told.answers.items())
    return lost, len(stored) - len(there), unlike, commits


def _keys(home: Path, sources: set[str]) -> dict[str, str]:
    keys = ApiKeys(home / FILE)
    try:
        return {source: keys.create(Wish(source, SCOPES), time.time_ns() // 1000)[1] for source in sorted(sources)}
    finally:
        keys.close()


def _fewer_calls(files: Sequence[Path]) -> list[dict[str, Any]]:  # Any: columns of any type
    """Return the rows of files without most of the calls: they are most of a world, and little is decided on them."""
    whole = ds.dataset(list(files)).to_table()
    calls = pc.is_in(pc.cast(whole["kind"], pa.string()), value_set=pa.array(["call_started", "call_ended"])).to_numpy()
    rows: list[dict[str, Any]] = whole.filter(pa.array(~calls | (np.cumsum(calls) % _ONE_CALL_IN == 0))).to_pylist()
    return rows


def _as_sent(row: Mapping[str, object]) -> bytes:
    return msgspec.json.encode({name: value for name, value in row.items() if value is not None})


def _parcel(source: str, events: Sequence[tuple[str, bytes]]) -> Parcel:
    return Parcel(source, tuple(id_ for id_, _ in events), tuple(body for _, body in events))


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text + "\n")
