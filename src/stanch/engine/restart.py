"""Restart: the last snapshot, then the tail of the log. State follows the log; nothing is decided twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.decide.judges import strongest_reason
from stanch.decide.lifting import grounded
from stanch.decide.policy import PAYMENTS
from stanch.decide.stops import BEGIN_A_WAIT, CLEARINGS, Batch
from stanch.engine.accept import REMEMBERED, Door
from stanch.engine.arrivals import CARRIED, CARRIED_TYPES, with_identity
from stanch.engine.causes import hold_of
from stanch.engine.ceiling import Ceiling
from stanch.engine.clock import Clock
from stanch.engine.copied import copied
from stanch.engine.eras import Eras, eras_of
from stanch.engine.line import Line
from stanch.engine.names import OURSELVES, Names
from stanch.engine.rules import Rules
from stanch.engine.wiring import load_line, load_names, make_line, save_line
from stanch.features.live import LAYOUT
from stanch.law.pack import NEAREST_END
from stanch.model.columns import INDEX
from stanch.model.decisions import Decision
from stanch.model.kinds import RULE_ACTS
from stanch.store.idempotency import Known
from stanch.store.records import Records
from stanch.store.rows import LogBlock
from stanch.store.segments import drop_ids, load_ids, unsaved_ids, write_ids
from stanch.store.snapshots import Snapshot, latest, save
from stanch.typologies.catalogue import Catalogue

Ints = npt.NDArray[np.int64]

_decoder: Final = msgspec.msgpack.Decoder(tuple[Decision, ...])


def decisions_of(block: LogBlock) -> tuple[Decision, ...]:
    """Return the decisions of one commit; ``row`` is the place within it."""
    return _decoder.decode(block.decisions) if block.decisions else ()


def restore(records: Records, folder: Path, rules: Rules, secret: bytes) -> tuple[Line, Door]:
    """Return the line and the door as they were after the last commit, for ``rules`` to decide from here on.

    A snapshot made under other rules, or whose windows are laid out otherwise, serves only for the known ids: what the
    windows need is then filled from the log. What was decided under former rules is followed as these decided it.
    """
    snapshot = latest(folder)
    if snapshot is not None and snapshot.seq > records.last_seq():
        snapshot = None
    usable = snapshot is not None and _fits(snapshot, rules)
    since = snapshot.seq + 1 if snapshot is not None and usable else 0
    names = load_names(snapshot.arrays, snapshot.meta) if snapshot is not None and usable else Names()
    for block in records.blocks(since):
        names.load(block.block.new_entities, list(block.block.new_symbols))
    line = make_line(rules, names)
    door = Door(_known(folder, snapshot), clock_of(rules, names), ceiling_of(line))
    if snapshot is not None and usable:
        load_line(line, snapshot.arrays, snapshot.meta)
        door.clock.now, door.clock.peak = snapshot.meta["clock"]
        door.ceiling.load(snapshot.meta["ceiling"])
    if snapshot is not None:
        door.marks = [(int(seq), int(peak)) for seq, peak in snapshot.meta["marks"]]
    ids_until = snapshot.seq + 1 if snapshot is not None else 0
    recall(line, door, records.blocks(since), eras_of(records, rules), (secret, ids_until))
    return line, door


def recall(line: Line, door: Door, blocks: Iterable[LogBlock], eras: Eras, identity: tuple[bytes, int]) -> None:
    """Follow commits of the log, each under the rules that decided it, and come back to those of the line.

    ``identity`` is the secret of event ids, and the place in the log from which the door must learn them.
    """
    final = line.judges
    under = eras.now
    for block in blocks:
        eras.enter(line, block.policy)
        follow(line, door, block, *identity)
        _recall(line, block, eras.rules(block.policy).catalogue)
    eras.enter(line, under)
    line.judges = final


def clock_of(rules: Rules, names: Names) -> Clock:
    """Return the clock of a line that begins: it knows which events can begin a wait, and the shortest one."""
    wait = min(rules.policy.shortest_wait, NEAREST_END)
    return Clock(names.words.codes((*PAYMENTS, *BEGIN_A_WAIT)), wait, names.words.codes(CLEARINGS))


def ceiling_of(line: Line) -> Ceiling:
    """Return the ceiling of what a line adds up, over nothing."""
    plan = line.observer.plan
    return Ceiling([each for features in plan.places.values() for each in features], line.names.words.code)


def ceiling_over(line: Line, blocks: Iterable[LogBlock]) -> Ceiling:
    """Return the ceiling of what a line adds up, over the events that others sent."""
    ceiling, ours = ceiling_of(line), line.names.words.code(OURSELVES)
    for block in blocks:
        rows = block.block.matrix()
        ceiling.follow(rows[rows[:, INDEX["source"]] != ours])
    return ceiling


def follow(line: Line, door: Door, block: LogBlock, secret: bytes, ids_until: int) -> None:
    """Bring the state to the end of one commit of the log."""
    rows = block.block.matrix()
    carried = {name: column_of(block, name, len(rows)) for name in CARRIED}
    own = rows[:, INDEX["source"]] == line.names.words.code(OURSELVES)
    sent = np.flatnonzero(~own)
    door.clock.follow(rows[sent])
    door.ceiling.follow(rows[sent])
    _follow_own(line, door.clock, rows[own])
    kinds = line.names.kinds(rows[:, INDEX["kind"]])
    line.holders.resolve(rows[sent], kinds[sent], len(line.names.entities))
    features = line.observer.observe(rows[sent], kinds[sent], len(line.names.entities))
    line.journal.enter_batch(rows[sent], kinds[sent])
    events = with_identity(rows, carried, line.names, secret).pick(sent)
    line.audience.learn(events.rows, kinds[sent], events.carried["event_id"])
    line.funds.step(Batch(events.rows, kinds[sent], events.refs, events.string), features)
    if block.last_seq >= ids_until:
        door.known.check_and_add(events.keys, events.bodies, rows[sent, INDEX["seq"]])


def _follow_own(line: Line, clock: Clock, rows: Ints) -> None:
    for row in rows:
        line.journal.enter(row)
    if np.isin(rows[:, INDEX["kind"]], line.names.known(RULE_ACTS)).any():
        clock.advance(int(rows[-1, INDEX["as_of"]]))
    ticks = rows[rows[:, INDEX["kind"]] == line.names.words.code("tick"), INDEX["as_of"]]
    for tick in ticks.tolist():
        line.desk.expired(tick)
        line.funds.tick(tick)
        clock.reach(tick)
        clock.advance(int(rows[-1, INDEX["as_of"]]))


def take_snapshot(line: Line, door: Door, records: Records, folder: Path, rules: Rules) -> None:
    """Save the state after the last commit, and forget ids that are too old."""
    copy_state(line, door, records.last_seq(), folder, rules)()


def copy_state(line: Line, door: Door, seq: int, folder: Path, rules: Rules) -> Callable[[], None]:
    """Copy the state after event ``seq``, the last one saved; return what writes the copy, in any thread.

    One copy is written before the next is taken.
    """
    old = max((until for until, peak in door.marks if peak < door.clock.peak - REMEMBERED), default=0)
    door.marks = [mark for mark in door.marks if mark[0] >= old] + [(seq + 1, door.clock.peak)]
    if old:
        door.known.forget(old)
    start, ids = unsaved_ids(folder, door.known, seq + 1)
    arrays, meta = save_line(line)
    held = copied(arrays)
    told = msgspec.json.encode(
        {
            **meta,
            "rules": rules.hash,
            "windows": LAYOUT,
            "clock": [door.clock.now, door.clock.peak],
            "ceiling": door.ceiling.save(),
            "ids_from": old,
            "marks": door.marks,
        }
    )

    def write() -> None:
        if old:
            drop_ids(folder, old)
        write_ids(folder, start, ids, seq + 1)
        save(folder, seq, held, msgspec.Raw(told))
        held.clear()  # given back before anybody hears that it is written

    return write


def _fits(snapshot: Snapshot, rules: Rules) -> bool:
    same = snapshot.meta["rules"] == rules.hash and snapshot.meta.get("windows") == LAYOUT
    return same and "ceiling" in snapshot.meta


def _known(folder: Path, snapshot: Snapshot | None) -> Known:
    if snapshot is None:
        return Known()
    return load_ids(folder, snapshot.seq + 1, int(snapshot.meta["ids_from"]))


def _recall(line: Line, block: LogBlock, catalogue: Catalogue) -> None:
    """Remember the episodes and waits of one commit, with the reasons of the catalogue that was in force."""
    rows = block.block.matrix()
    lifted = list(line.funds.lifted)
    for decision in decisions_of(block):
        while lifted and lifted[0].at < rows[decision.row, INDEX["as_of"]]:
            line.desk.lift(lifted.pop(0), line.judges.stands)
        row = rows[decision.row]
        line.desk.remember(decision.findings, decision.steps, int(row[INDEX["as_of"]]))
        event_id = block.block.columns["event_id"][decision.row].as_py()
        hold = hold_of(decision, row, event_id, strongest_reason(decision, catalogue))
        if hold is not None:
            hold.seq = int(row[INDEX["seq"]])
            behind = line.funds.behind.get(hold.placed_at)
            line.desk.hold(grounded(hold, decision, behind, line.desk.policy.cooling_off))
    for cleared in lifted:
        line.desk.lift(cleared, line.judges.stands)


def column_of(block: LogBlock, name: str, length: int) -> pa.Array:
    """Return a carried column of one commit, all NULL where the commit has none."""
    column = block.block.columns.get(name)
    return pa.nulls(length, CARRIED_TYPES[name]) if column is None else column
