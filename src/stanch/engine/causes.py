"""Events that Stanch itself writes: what a decision causes, releases, ticks, a change of policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.decide.policy import WAITING_STEPS
from stanch.engine.names import OURSELVES, Names
from stanch.model.columns import INDEX, MATRIX, NULL
from stanch.model.decisions import Decision, Finding, Hold

Ints = npt.NDArray[np.int64]

_COLUMN: Final = INDEX
_KIND_OF_STEP: Final = {"reverify": "reverification_asked", "delay": "hold_placed"}


@dataclass(frozen=True, slots=True)
class Cause:
    """One event of our own: its row, its id within the log, and the event_id that it is about."""

    row: Ints
    event_id: str
    ref: str | None
    attrs: str | None = None


def caused_by(decision: Decision, row: Ints, names: Names, event_id: str) -> list[Cause]:
    """Return the events that the steps of a decision cause, stamped right after the event itself."""
    causes = []
    now = int(row[_COLUMN["as_of"]])
    for count, step in enumerate(decision.steps, start=1):
        finding = about(decision, step)
        caused = _subject_row(row, finding)
        _write(caused, names, _KIND_OF_STEP.get(step, "warned"), now + count, step)
        if step == "reverify":  # how strictly is read off the request itself
            caused[_COLUMN["number"]] = round(100 * finding.score)
        if step in WAITING_STEPS:
            caused[_COLUMN["amount"]] = row[_COLUMN["amount"]]
            caused[_COLUMN["currency"]] = row[_COLUMN["currency"]]
        causes.append(Cause(caused, f"{now}-{count}", event_id))
    return causes


def release(hold: Hold, stamp: int, names: Names, why: str = "expired") -> Cause:
    """Return the event that ends a payment's wait: its time is up, or what it rested on was cleared."""
    row = np.full(len(MATRIX), NULL, dtype=np.int64)
    row[_COLUMN["dst"]] = hold.subject
    row[_COLUMN["dst_kind"]] = hold.subject_kind
    row[_COLUMN["dst_person"]] = hold.person
    row[_COLUMN["amount"]] = hold.amount
    row[_COLUMN["currency"]] = hold.currency
    _write(row, names, "hold_released", stamp, why)
    return Cause(row, f"{stamp}-0", hold.ref)


def notice(kind: str, stamp: int, names: Names, detail: str | None = None) -> Cause:
    """Return a tick or a change of policy."""
    row = np.full(len(MATRIX), NULL, dtype=np.int64)
    _write(row, names, kind, stamp, detail)
    return Cause(row, f"{stamp}-0", None)


def hold_of(decision: Decision, row: Ints, event_id: str, reason: str) -> Hold | None:
    """Return what must be remembered of a payment that waits, or None."""
    if decision.until is None:
        return None
    finding = about(decision, decision.action)
    behind = _subject_row(row, finding)
    now = int(row[_COLUMN["as_of"]])
    return Hold(
        until=decision.until, measure=f"m{now}", step=decision.action, subject=finding.subject,
        subject_kind=int(behind[_COLUMN["dst_kind"]]), person=int(behind[_COLUMN["dst_person"]]),
        amount=int(row[_COLUMN["amount"]]), currency=int(row[_COLUMN["currency"]]), ref=event_id, placed_at=now,
        reason=reason, source=int(row[_COLUMN["source"]]),
    )  # fmt: skip


def about(decision: Decision, step: str) -> Finding:
    """The strongest finding of the side whose ladder the step stands on."""
    side = "control" if step in ("reverify", "delay") else "protect"
    return max((f for f in decision.findings if f.side == side), key=lambda f: (f.score, f.typology))


def _subject_row(row: Ints, finding: Finding) -> Ints:
    """A row whose dst is the subject, with the person, card and kind that stand behind it."""
    out = np.full(len(MATRIX), NULL, dtype=np.int64)
    side = finding.role.split("_", maxsplit=1)[0]
    out[_COLUMN["dst"]] = finding.subject
    if side in ("src", "dst"):
        out[_COLUMN["dst_person"]] = row[_COLUMN[f"{side}_person"]]
        out[_COLUMN["dst_card"]] = row[_COLUMN[f"{side}_card"]]
        out[_COLUMN["dst_employer"]] = row[_COLUMN[f"{side}_employer"]]
    if finding.role in ("src", "dst"):
        out[_COLUMN["dst_kind"]] = row[_COLUMN[f"{side}_kind"]]
    return out


def _write(row: Ints, names: Names, kind: str, stamp: int, detail: str | None) -> None:
    row[_COLUMN["kind"]] = names.words.code(kind)
    row[_COLUMN["source"]] = names.words.code(OURSELVES)
    row[_COLUMN["happened_at"]] = row[_COLUMN["known_at"]] = row[_COLUMN["as_of"]] = stamp
    row[_COLUMN["late"]] = 0
    if detail is not None:
        row[_COLUMN["detail"]] = names.words.code(detail)
