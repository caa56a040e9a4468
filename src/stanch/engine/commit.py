"""Commit: a batch, what it caused and what it answers become one transaction; the answer leaves after it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from time import perf_counter_ns
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.decide.policy import WAITING_STEPS
from stanch.engine.arrivals import CARRIED, CARRIED_TYPES, Arrivals
from stanch.engine.causes import Cause, about
from stanch.engine.lifted import lifted_messages, state_of
from stanch.engine.line import Line, Outcome
from stanch.engine.notices import notice_messages, notice_rows
from stanch.engine.order_rows import messages, step_rows
from stanch.engine.telling import load_warnings, message_of, telling
from stanch.model.columns import INDEX, MATRIX
from stanch.model.decisions import Decision, Hold
from stanch.privacy.identity import Identity, Vault
from stanch.store.blocks import encode_block
from stanch.store.records import Records
from stanch.store.rows import Commit, FindingRow, MeasureRow, NoticeRow, OrderStepRow, OutboxRow, PolicyRow

Ints = npt.NDArray[np.int64]

_SEQ: Final = INDEX["seq"]
_AS_OF: Final = INDEX["as_of"]
_SOURCE: Final = INDEX["source"]
_encoder: Final = msgspec.msgpack.Encoder()


@dataclass(slots=True)
class Preamble:
    """What stands in a commit before the batch: ticks, releases, a change of policy."""

    causes: list[Cause] = field(default_factory=list)
    released: list[Hold] = field(default_factory=list)
    policies: list[PolicyRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything a commit needs, fixed in memory; encoding and writing may happen in another thread."""

    rows: Ints
    carried: dict[str, pa.Array]
    names: tuple[npt.NDArray[np.uint64], list[str]]
    decisions: tuple[Decision, ...]
    findings: tuple[FindingRow, ...]
    measures: tuple[MeasureRow, ...]
    outbox: tuple[OutboxRow, ...]
    order_steps: tuple[OrderStepRow, ...]
    notices: tuple[NoticeRow, ...]
    policies: tuple[PolicyRow, ...]
    policy: str
    kept: tuple[Future[None], ...] = ()  # the vault must hold the clear forms before the log names them


def assemble(line: Line, outcome: Outcome, preamble: Preamble, first_seq: int, policy: str) -> Ready:
    """Put a batch in the order of the clock; return what is to be written."""
    batch = outcome.arrivals
    own = [*preamble.causes, *outcome.causes]
    rows, carried, places = _merged(batch, own)
    rows[:, _SEQ] = np.arange(first_seq, first_seq + len(rows))
    seqs = places + first_seq
    batch.rows[:, _SEQ] = seqs
    for hold in outcome.holds:
        hold.seq = int(seqs[_row_of(outcome, hold)])
    decisions = [msgspec.structs.replace(d, row=int(places[r])) for r, d in sorted(outcome.decisions.items())]
    causes = [first_seq if each.row < 0 else int(seqs[each.row]) for each in outcome.acted]
    notices = tuple(notice_rows(line, outcome, causes))
    return Ready(
        rows, carried, line.names.unsaved(), tuple(decisions),
        tuple(_findings(line, decisions, rows)),
        tuple(_measures(line, outcome, preamble, seqs)),
        (
            *_outbox(line, outcome, seqs), *messages(line, outcome.acted, causes), *notice_messages(notices),
            *lifted_messages(line, outcome, seqs),
        ),
        tuple(step_rows(line, outcome.acted, causes)),
        notices,
        tuple(preamble.policies), policy,
    )  # fmt: skip


def _encoded(ready: Ready) -> Commit:
    columns: dict[str, Ints | pa.Array] = {name: ready.rows[:, INDEX[name]] for name in MATRIX}
    columns |= ready.carried
    return Commit(
        first_seq=int(ready.rows[0, _SEQ]),
        last_seq=int(ready.rows[-1, _SEQ]),
        first_as_of=int(ready.rows[0, _AS_OF]),
        last_as_of=int(ready.rows[-1, _AS_OF]),
        policy=ready.policy,
        body=encode_block(columns, *ready.names),
        decisions=_encoder.encode(ready.decisions),
        findings=ready.findings,
        measures=ready.measures,
        outbox=ready.outbox,
        order_steps=ready.order_steps,
        notices=ready.notices,
        policies=ready.policies,
    )


class Writer:
    """Writes commits in their order in a thread of its own, while the next batch is decided.

    What has gathered while the disk was busy is saved together: many small commits cost few waits for the disk.
    """

    def __init__(self, records: Records, vault: Vault, *, ahead: int = 4, events: int = 16_384) -> None:
        self._records = records
        self._vault = vault
        self._ahead, self._events = ahead, events
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stanch-commit")
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stanch-vault")
        self._gathered: list[Ready] = []
        self._gathering = Lock()
        self._pending: deque[Future[None]] = deque()
        self._failed: BaseException | None = None
        self._held: Future[None] | None = None
        self._holding = False
        #: Told the nanoseconds of each transaction and how many commits it held.
        self.written: list[Callable[[int, int], None]] = []

    def write(self, ready: Ready) -> Future[None]:
        """Begin to save a commit; the future is done when it is on the disk. Raises what an earlier one raised."""
        while self._pending and self._pending[0].done():
            self._pending.popleft().result()
        if self._holding:
            with self._gathering:
                self._gathered.append(ready)
            self._held = self._held or Future()
            return self._held
        while len(self._pending) >= self._ahead and self._waiting() > self._events:
            self._pending.popleft().result()
        with self._gathering:
            self._gathered.append(ready)
        future = self._pool.submit(self._save)
        self._pending.append(future)
        return future

    def keep(self, identities: Sequence[Identity]) -> Future[None]:
        """Begin to bring identities into the vault, in a thread beside; done when they are on the disk."""
        return self._beside.submit(self._vault.put, identities)

    @property
    def idle(self) -> bool:
        """Whether everything that was written is on the disk."""
        return all(future.done() for future in self._pending)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Save in this thread, when this ends, what is written meanwhile: nothing else may be on its way.

        For small commits that is sooner done than told to another thread. What was written when this ends by an error
        is not saved, nor is anything after it.
        """
        self._holding = True
        try:
            yield
        except BaseException as error:
            self._failed = error
            raise
        finally:
            self._holding, held, self._held = False, self._held, None
            if held is not None:
                try:
                    self._save()
                    held.set_result(None)
                except BaseException as error:  # noqa: BLE001 told to who waits, as from the other thread
                    held.set_exception(error)

    def finish(self) -> None:
        """Wait until everything is on the disk. Raises the first error."""
        while self._pending:
            self._pending.popleft().result()

    def close(self) -> None:
        """End the thread; what was begun is finished."""
        self._pool.shutdown(wait=True)
        self._beside.shutdown(wait=True)

    def _save(self) -> None:
        """Save what has gathered. After a failure nothing more is saved: what follows rests on what was lost."""
        with self._gathering:
            waiting, self._gathered = self._gathered, []
        if self._failed is not None:
            raise self._failed
        if not waiting:
            return
        started = perf_counter_ns()
        try:
            commits = [_encoded(ready) for ready in waiting]
            for kept in [each for ready in waiting for each in ready.kept]:
                kept.result()
            self._records.commit_all(commits)
        except BaseException as error:
            self._failed = error
            raise
        for tell in self.written:
            tell(perf_counter_ns() - started, len(waiting))

    def _waiting(self) -> int:
        with self._gathering:
            return sum(len(ready.rows) for ready in self._gathered)


def _merged(batch: Arrivals, own: Sequence[Cause]) -> tuple[Ints, dict[str, pa.Array], Ints]:
    if not own:
        return batch.rows, batch.carried, np.arange(len(batch))
    rows = np.concatenate([batch.rows, np.stack([cause.row for cause in own])])
    order = np.argsort(rows[:, _AS_OF], kind="stable")
    mine: dict[str, list[str | None]] = {
        "event_id": [cause.event_id for cause in own], "ref": [cause.ref for cause in own]
    }  # fmt: skip
    carried = {}
    for name in CARRIED:
        added = pa.array(mine.get(name, [None] * len(own)), type=CARRIED_TYPES[name])
        carried[name] = pa.concat_arrays([batch.carried[name], added]).take(pa.array(order))
    places = np.empty(len(rows), dtype=np.int64)
    places[order] = np.arange(len(rows))
    return rows[order], carried, places[: len(batch)]


def _row_of(outcome: Outcome, hold: Hold) -> int:
    return int(np.searchsorted(outcome.arrivals.rows[:, _AS_OF], hold.placed_at))


def _findings(line: Line, decisions: Sequence[Decision], rows: Ints) -> list[FindingRow]:
    return [
        FindingRow(
            int(rows[decision.row, _SEQ]), finding.typology, line.names.entities.pseudonym(finding.subject),
            finding.role, finding.score, decision.step_on(finding.side), finding.new_episode,
            line.names.words.word(int(rows[decision.row, _SOURCE])),
        )
        for decision in decisions
        for finding in decision.findings
    ]  # fmt: skip


def _measures(line: Line, outcome: Outcome, preamble: Preamble, seqs: Ints) -> list[MeasureRow]:
    rows = [_held(line, hold, "active") for hold in outcome.holds]
    rows += [_held(line, hold, "released") for hold in preamble.released]
    rows += [_held(line, each.hold, state_of(outcome, each)) for each in outcome.lifted]
    for r, decision in sorted(outcome.decisions.items()):
        for count, step in enumerate(decision.steps, start=1):
            if step in WAITING_STEPS and decision.until is not None and step == decision.action:
                continue
            now = int(outcome.arrivals.rows[r, _AS_OF])
            subject = line.names.entities.pseudonym(about(decision, step).subject)
            until = now + line.desk.policy.cooling_off if step in WAITING_STEPS else None
            rows.append(
                MeasureRow(
                    f"m{now}-{count}",
                    int(seqs[r]),
                    step,
                    subject,
                    now,
                    "done",
                    "machine",
                    line.judges.reason(decision),
                    until=until,
                    source=line.names.words.word(int(outcome.arrivals.rows[r, _SOURCE])),
                )
            )
    return rows


def _held(line: Line, hold: Hold, state: str) -> MeasureRow:
    return MeasureRow(
        hold.measure, hold.seq, hold.step, line.names.entities.pseudonym(hold.subject), hold.placed_at, state,
        "machine", hold.reason, until=hold.until, amount=hold.amount, currency=line.names.words.word(hold.currency),
        source=line.names.words.word(hold.source),
    )  # fmt: skip


def _outbox(line: Line, outcome: Outcome, seqs: Ints) -> list[OutboxRow]:
    rows = []
    for r, decision in sorted(outcome.decisions.items()):
        if not decision.steps and not decision.proposed:
            continue
        row = outcome.arrivals.rows[r]
        body = {
            "event_id": outcome.arrivals.carried["event_id"][r].as_py(),
            "source": line.names.words.word(int(row[INDEX["source"]])),
            "action": decision.action,
            "steps": decision.steps,
            "proposed": decision.proposed,
            "until": decision.until,
            "score": decision.score,
            "reason": line.judges.reason(decision),
        }
        told = telling(decision, row.tolist(), load_warnings(), line.audience)
        if told is not None:
            body["warning"] = message_of(told, int(row[INDEX["source"]]))
        seq, now = int(seqs[r]), int(row[_AS_OF])
        topic = "decision" if decision.steps else "approval"
        rows.append(OutboxRow(f"o{now}", seq, topic, msgspec.json.encode(body).decode(), now))
    return rows
