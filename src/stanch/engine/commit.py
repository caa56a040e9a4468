"""Commit: a batch, what it caused and what it answers become one transaction; the answer leaves after it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.decide.policy import WAITING_STEPS
from stanch.engine.causes import Cause, about
from stanch.engine.lifted import lifted_messages, state_of
from stanch.engine.line import Line, Outcome
from stanch.engine.merging import merged
from stanch.engine.notices import notice_messages, notice_rows
from stanch.engine.order_rows import messages, step_rows
from stanch.engine.shadows import Tried, shadow_rows
from stanch.engine.telling import load_warnings, message_of, telling
from stanch.model.columns import INDEX
from stanch.model.decisions import Decision, Hold
from stanch.store.rows import (
    FindingRow,
    MeasureRow,
    NoticeRow,
    OrderStepRow,
    OutboxRow,
    PolicyRow,
    RuleActRow,
    ShadowRow,
    VersionRow,
)

Ints = npt.NDArray[np.int64]

_SEQ: Final = INDEX["seq"]
_AS_OF: Final = INDEX["as_of"]
_SOURCE: Final = INDEX["source"]


@dataclass(slots=True)
class Preamble:
    """What stands in a commit before the batch: ticks, releases, other rules, what people did about rules."""

    causes: list[Cause] = field(default_factory=list)
    released: list[Hold] = field(default_factory=list)
    policies: list[PolicyRow] = field(default_factory=list)
    versions: list[VersionRow] = field(default_factory=list)
    rule_acts: list[RuleActRow] = field(default_factory=list)


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
    versions: tuple[VersionRow, ...] = ()
    rule_acts: tuple[RuleActRow, ...] = ()
    shadows: tuple[ShadowRow, ...] = ()
    kept: tuple[Future[None], ...] = ()  # the vault must hold the clear forms before the log names them


def assemble(
    line: Line, outcome: Outcome, preamble: Preamble, first_seq: int, policy: str, tried: Tried | None = None
) -> Ready:
    """Put a batch, and what rules on trial said of it, in the order of the clock; return what is to be written."""
    batch = outcome.arrivals
    own = [*preamble.causes, *outcome.causes]
    rows, carried, places = merged(batch, own)
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
        tuple(preamble.policies), policy, tuple(preamble.versions), tuple(preamble.rule_acts),
        () if tried is None else tuple(shadow_rows(*tried, outcome, seqs)),
    )  # fmt: skip


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
