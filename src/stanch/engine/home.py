"""A home: the folder of a deployment - keys, vault, log, snapshots, lake, quarantine - and the line that runs in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.decide.docket import Acted
from stanch.engine.accept import Judged
from stanch.engine.acts import Act, no_events
from stanch.engine.arrivals import Arrivals, arrivals
from stanch.engine.aside import Aside
from stanch.engine.beside import Beside
from stanch.engine.causes import notice
from stanch.engine.clock import tick_after
from stanch.engine.commit import Preamble, Ready, assemble
from stanch.engine.eras import renewed, same_windows
from stanch.engine.line import Outcome, step
from stanch.engine.on_trial import OnTrial
from stanch.engine.restart import ceiling_over, clock_of, copy_state, restore, take_snapshot
from stanch.engine.rules import Rules
from stanch.engine.shadows import Tried
from stanch.engine.ticks import next_end, pass_time
from stanch.engine.trial import Trial
from stanch.engine.writer import Writer
from stanch.intake.take import IntakeContext
from stanch.model.columns import INDEX
from stanch.model.errors import InputError
from stanch.model.schema import TAKEN_SCHEMA
from stanch.privacy.identity import Identity
from stanch.store.digests import event_keys
from stanch.store.idempotency import NEW
from stanch.store.keys import KeyRing
from stanch.store.lake import Words, write_closed_days
from stanch.store.layout import LAKE, QUARANTINE, SNAPSHOTS, VAULT_FILE
from stanch.store.records import Records
from stanch.store.rows import PolicyRow, VersionRow
from stanch.store.text_files import reading_of
from stanch.store.vault import SqliteVault
from stanch.text.scoring import Scorer

Ints = npt.NDArray[np.int64]

#: Most events in one commit.
LARGEST_BATCH: Final = 4096


class Home:
    """One deployment on one machine. The only writer of its folder while it is open."""

    def __init__(self, path: Path, ring: KeyRing, records: Records, rules: Rules) -> None:
        self.path = path
        self.ring = ring
        self.records = records
        self._reading = reading_of(path)
        self.rules = rules = replace(rules, text=self._reading.hash)
        self.vault = SqliteVault(path / VAULT_FILE, ring.vault)
        self.line, self.door = restore(records, path / SNAPSHOTS, rules, ring.events)
        self.door.aside = Aside(path / QUARANTINE, self.line.names.words.word)
        self._next = records.last_seq() + 1
        self._writer = Writer(records, self.vault)
        self._kept: list[Future[None]] = []
        self._snapshots = Beside("stanch-snapshot")
        self.written, self.followers = self._writer.written, self._writer.followers
        stored = records.policies()
        self._active = stored[-1].hash if stored else ""
        self._rules_hash = rules.hash
        self._passed: list[Acted] = []
        self._together: list[Ready] | None = None  # commits that wait for the others of their transaction
        #: Done when the last commit that was begun is on the disk; None before the first.
        self.saved: Future[None] | None = None
        self._on_trial = OnTrial(records, ring.events)
        #: What the process that has the home open does between two batches.
        self.between: Callable[[], None] | None = None
        self._on_trial.watch(self.line.names, self.rules.hash)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def intake(self) -> IntakeContext:
        """What an intake into this home works with."""
        return IntakeContext(self.ring.keys, self.vault, quarantine=self.path / QUARANTINE, scorer=self._reading.scorer)

    @property
    def scorer(self) -> Scorer:
        """What texts are scored with here."""
        return self._reading.scorer()

    def arrive(self, table: pa.Table) -> Arrivals:
        """Return the events of a taken table that are new here; repeats, conflicts and leaps are noted at the door."""
        return self.admit(self.read(table))

    def read(self, table: pa.Table) -> Arrivals:
        """Return the events of a taken table in the form of the core; nothing is let in yet."""
        return arrivals(table, self.line.names, self.ring.events)

    def admit(self, arrived: Arrivals) -> Arrivals:
        """Return those of the events that are new here."""
        return self.door.admit(arrived, self._next)

    def judge(self, arrived: Arrivals) -> Judged:
        """Say to each of the events whether it is new here; what is not is told to the caller and kept nowhere."""
        return self.door.judge(arrived, self._next)

    def place_of(self, source: str, event_id: str) -> int | None:
        """Return the first place of the log at which a sender's event can stand, or None for an unknown one."""
        code = self.line.names.words.find(source)
        if code is None:
            return None
        keys = event_keys(self.line.names.source_digests(np.array([code])), pa.array([event_id]), self.ring.events)
        place = int(self.door.known.find(keys)[0])
        return None if place == NEW else place

    def decide(
        self, admitted: Arrivals, batch: int = LARGEST_BATCH, progress: Mapping[str, str] | None = None
    ) -> Sequence[Outcome]:
        """Decide on admitted events in batches; each is on its way to the disk when its outcome is returned.

        With ``progress``, how far their source was read, all of them and it are saved in one transaction.
        """
        outcomes, started = [], perf_counter()
        self._together = None if progress is None else []
        for stamped in self.door.batches(admitted, min(batch, LARGEST_BATCH), lambda: next_end(self.line)):
            preamble = self._preamble(stamped.tick, stamped.batch)
            outcome = step(self.line, stamped.batch)
            outcome.acted, self._passed = [*self._passed, *outcome.acted], []
            self._commit(outcome, preamble, self._on_trial.decide(stamped.tick, stamped.batch))
            outcome.seconds, started = perf_counter() - started, perf_counter()
            outcomes.append(outcome)
            if self.between is not None and self._together is None:
                self.between()
        if self._together is not None:
            together, self._together = self._together, None
            self.saved = self._writer.write(together, progress)
            if self.between is not None:
                self.between()
        return outcomes

    def keep(self, identities: Sequence[Identity]) -> None:
        """Begin to bring new identities into the vault; the next commit waits for them, before it names them."""
        if identities:
            self._kept.append(self._writer.keep(identities))

    def pass_time(self, now: int) -> int:
        """Write the ticks that are due by a moment (UTC microseconds) though no event has come; return how many."""
        count = 0
        while (due := next_end(self.line)) is not None and tick_after(due) <= now:
            nothing = self.read(TAKEN_SCHEMA.empty_table())
            tick = self.door.clock.tick(due)
            preamble = self._preamble(tick, nothing)
            outcome = step(self.line, nothing)
            outcome.acted, self._passed = [*self._passed, *outcome.acted], []
            self._commit(outcome, preamble, self._on_trial.decide(tick, nothing))
            count += 1
        return count

    @property
    def idle(self) -> bool:
        """Whether everything decided is on the disk."""
        return self._writer.idle

    def saving_here(self) -> AbstractContextManager[None]:
        """Save in this thread, at the end of the context, what is decided in it; for small groups on an idle home."""
        return self._writer.here()

    @property
    def trial(self) -> Trial | None:
        """The rules that are on trial here, if any."""
        return self._on_trial.trial

    def enter(self, act: Act, into: Rules | None = None) -> None:
        """Enter what a person did about the rules, between two batches; ``into`` decide from the next event on.

        It is on the disk when this returns. Raises before anything changed: InputError where there is no log yet or a
        window of the new rules cannot be filled.
        """
        if self._next == 0:
            raise InputError("nothing is in this log yet; begin it with the rules wanted: stanch replay --policy")
        self.finish()
        line = None if into is None else renewed(self.line, self.rules, into, self.records.blocks())
        preamble, stamp = Preamble(), (self.records.last_as_of() or 0) + 1
        if self._active != self._rules_hash:
            self._announce(preamble, stamp, self.rules)
        place = self._next + len(preamble.causes)
        preamble.causes.append(act.event(stamp + len(preamble.causes), self.line.names))
        preamble.rule_acts.append(act.row_at(place))
        if act.body:
            preamble.versions.append(VersionRow(act.version, act.body, place))
        if into is not None:
            self._announce(preamble, stamp + len(preamble.causes), into)
        self.door.clock.advance(int(preamble.causes[-1].row[INDEX["as_of"]]))
        self._commit(Outcome(no_events()), preamble)
        self.finish()
        if line is not None and into is not None:
            if not same_windows(self.rules, into):
                self.door.ceiling = ceiling_over(line, self.records.blocks())
            self.line, self.rules = line, into
            self.door.clock = clock_of(into, line.names).take_over(self.door.clock)
        for cause in preamble.causes:
            self.line.journal.enter(cause.row)
        self._on_trial.watch(self.line.names, self.rules.hash)

    def finish(self) -> None:
        """Wait until everything decided is on the disk."""
        self._writer.finish()

    def snapshot(self) -> None:
        """Save the state, so that a restart need not read the whole log."""
        self.finish()
        self._snapshots.finish()
        if self._next:
            take_snapshot(self.line, self.door, self.records, self.path / SNAPSHOTS, self.rules)

    @property
    def beyond_snapshot(self) -> int:
        """How many events of the log came after the last snapshot."""
        return self._next - (self.door.marks[-1][0] if self.door.marks else 0)

    def snapshot_aside(self) -> None:
        """Copy the state, and save it in a thread beside while the line goes on. Raises what the last one raised."""
        self.finish()
        self._snapshots.finish()
        if self._next:
            seq = self.records.last_seq()
            self._snapshots.begin(copy_state(self.line, self.door, seq, self.path / SNAPSHOTS, self.rules))

    @property
    def lake(self) -> Path:
        """The folder of the closed days."""
        return self.path / LAKE

    def close_days(self) -> list[Path]:
        """Write closed days to the lake; return their folders."""
        self.finish()
        names = self.line.names
        return write_closed_days(self.records, self.lake, Words(names.entities.since(0), names.words.since(0)))

    def close(self) -> None:
        """Finish what was begun, and let another process write."""
        try:
            self._writer.finish()
            for kept in self._kept:
                kept.result()
        finally:
            self._writer.close()
            self._snapshots.close()
            self.vault.close()
            self.records.close()

    def _preamble(self, tick: int | None, batch: Arrivals) -> Preamble:
        """What must stand in the log before a batch: a tick and what it releases, and the rules when they are new."""
        preamble, clock = Preamble(), self.door.clock
        if tick is not None:
            passed = pass_time(self.line, clock, tick)
            preamble.causes, preamble.released, self._passed = passed.causes, passed.released, passed.acted
        if self._active != self._rules_hash:
            stamp = clock.now + 1 if tick is not None else int(batch.rows[0, INDEX["as_of"]]) - 1
            self._announce(preamble, stamp, self.rules)
        for cause in preamble.causes:
            self.line.journal.enter(cause.row)
        return preamble

    def _announce(self, preamble: Preamble, stamp: int, rules: Rules) -> None:
        """Write into a commit that other rules decide from there on."""
        self._active = self._rules_hash = rules.hash
        preamble.policies.append(PolicyRow(self._active, rules.body(), self._next + len(preamble.causes)))
        preamble.causes.append(notice("policy_changed", stamp, self.line.names, self._active))

    def _commit(self, outcome: Outcome, preamble: Preamble, tried: Tried | None = None) -> None:
        ready = assemble(self.line, outcome, preamble, self._next, self._rules_hash, tried)
        if len(ready.rows) == 0:
            return
        if self._kept:
            ready, self._kept = replace(ready, kept=tuple(self._kept)), []
        self._next += len(ready.rows)
        if self._together is None:
            self.saved = self._writer.write([ready])
        else:
            self._together.append(ready)
