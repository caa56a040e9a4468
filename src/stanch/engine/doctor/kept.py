"""What is kept beside the log: snapshots, closed days, the quarantine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stanch.engine.aside import is_own
from stanch.engine.doctor.finding import Finding, Look, Severity, spelled_bytes
from stanch.model.errors import StoreError
from stanch.model.time import DAY
from stanch.store.files import UNFINISHED
from stanch.store.lake import day_after, days_before
from stanch.store.layout import LAKE, QUARANTINE, SNAPSHOTS
from stanch.store.segments import segments_of
from stanch.store.snapshots import damaged, newest_whole

#: More events than this after the last snapshot make a start slow.
_FAR: Final = 1_000_000
#: A larger part of the events in quarantine says that a mapping or a source is wrong.
_MANY: Final = 0.01
_TAKE: Final = "a replay leaves one at its end: stanch replay FILE --home DIR"


def snapshots(look: Look) -> Iterator[Finding]:
    """Whether a restart is quick."""
    folder = look.home / SNAPSHOTS
    for wrong in damaged(folder):
        yield Finding("snapshots", "warning", f"{wrong}; it is passed over", "remove its folder; check the disk")
    with look.records() as records:
        last, policies = records.last_seq(), records.policies()
    found = newest_whole(folder)
    if found is None:
        if last >= 0:
            severity: Severity = "warning" if last >= _FAR else "note"
            what = f"there is no snapshot: a start reads all {last + 1:,} events again"
            yield Finding("snapshots", severity, what, _TAKE)
        return
    meta = found[1]
    behind = last - int(meta["seq"])
    if behind < 0:
        yield Finding(
            "snapshots", "error", f"the newest snapshot is {-behind:,} events ahead of the log: the log lost its end",
            "look for the right log.db first; a start passes over the snapshot and goes on from the log as it is",
        )  # fmt: skip
        return
    if policies and meta["rules"] != policies[-1].hash:
        yield Finding(
            "snapshots", "note", "the newest snapshot was made under other rules: a start reads the log", _TAKE
        )
    elif behind > _FAR:
        yield Finding("snapshots", "warning", f"the newest snapshot is {behind:,} events old: a start is slow", _TAKE)
    else:
        yield Finding("snapshots", "note", f"the newest snapshot is {behind:,} events old")
    try:
        segments_of(folder, int(meta["seq"]) + 1, int(meta["ids_from"]))
    except StoreError as error:
        what, _, do = str(error).partition("; ")
        yield Finding("snapshots", "error", what, do)


def lake(look: Look) -> Iterator[Finding]:
    """Whether the days that are over are in the lake."""
    with look.records() as records:
        last = records.last_as_of()
    written = days_before(look.home / LAKE, (last or 0) + DAY)
    since = day_after(written[-1]) if written else 0
    with look.database() as log:
        query = "SELECT count(*) FROM blocks WHERE last_as_of >= ? AND last_as_of < ?"
        waiting = log.execute(query, (since, (last or 0) // DAY * DAY)).fetchone()[0]
    if waiting:
        yield Finding(
            "lake", "note", f"days that are over are not in the lake: {waiting:,} commits", "stanch replay closes days"
        )


def quarantine(look: Look) -> Iterator[Finding]:
    """How much was refused or set aside. Only counts: the rows themselves are in clear."""
    path = look.home / QUARANTINE
    if not path.exists():
        return
    own = refused = torn = 0
    with path.open("rb") as stream:
        for line in stream:
            torn += not line.endswith(b"}\n")
            own += is_own(line)
            refused += line.endswith(b"}\n") and not is_own(line)
    with look.records() as records:
        events = records.last_seq() + 1
    many = own + refused > _MANY * max(events, 1)
    yield Finding(
        "quarantine", "warning" if many else "note",
        f"{refused:,} rows were refused and {own:,} events set aside, beside {events:,} in the log; "
        f"{spelled_bytes(path.stat().st_size)}",
        f"read the reasons in {QUARANTINE}, correct the mapping or the rows and take them again",
    )  # fmt: skip
    if torn:
        yield Finding("quarantine", "note", "its last line is torn: a process was killed", "take the same file again")


def leftovers(look: Look) -> Iterator[Finding]:
    """What a crash left unfinished."""
    found = sorted(path for folder in (SNAPSHOTS, LAKE) for path in (look.home / folder).glob(f"*{UNFINISHED}"))
    if found:
        yield Finding(
            "leftovers", "note", f"unfinished: {', '.join(path.name for path in found)}",
            "the next snapshot or closed day removes it, unless one is being made just now",
        )  # fmt: skip
