"""A group: what waited together is decided together, and each event gets its reply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.api.bodies import FEW
from stanch.api.queue import Piece
from stanch.api.submission import Reply
from stanch.engine.accept import CONFLICT, TOO_OLD, Judged
from stanch.engine.answers import Answer, Answers, bodies_of
from stanch.engine.arrivals import Arrivals
from stanch.engine.ceiling import OVER
from stanch.engine.home import Home
from stanch.engine.line import Outcome
from stanch.engine.singles import Singles
from stanch.intake.report import IntakeReport
from stanch.intake.take import CHUNK_ROWS, Intake
from stanch.model.columns import INDEX
from stanch.model.kept import Kept
from stanch.privacy.identity import Identity
from stanch.store.idempotency import NEW

#: Bytes of answers that are kept in memory for repeats, some 70,000; older ones are read from the log.
REMEMBERED: Final = 32 << 20
#: Spellings of identifiers that batches are taken with; the table of them, 60 MB at most, then starts anew.
_SPELLINGS: Final = 500_000
#: What an answer takes beside its bytes: the objects of it and of its name, and their place in the table.
_BESIDE: Final = 300

_LATE: Final = INDEX["late"]
_encode: Final = msgspec.json.Encoder().encode
_LOST: Final = "known, but no longer found in the log; ask for it with GET /v1/decisions and the time of the event"


@dataclass(slots=True)
class Counts:
    """What groups did, for the metrics."""

    events: int = 0
    actions: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    repeats: int = 0
    late: int = 0

    def found(self, told: Answer) -> None:
        """Count what an answer did and what it rests on."""
        self.actions[told.action] = self.actions.get(told.action, 0) + 1
        for finding in told.findings:
            self.findings[finding.typology] = self.findings.get(finding.typology, 0) + 1

    def decided(self, outcome: Outcome) -> None:
        """Count a batch whose answers nobody waits for."""
        self.batch(outcome, len(outcome.arrivals) - len(outcome.decisions))
        for decision in outcome.decisions.values():
            self.actions[decision.action] = self.actions.get(decision.action, 0) + 1
            for finding in decision.findings:
                self.findings[finding.typology] = self.findings.get(finding.typology, 0) + 1

    def batch(self, outcome: Outcome, passed: int) -> None:
        """Count the events of a batch; nothing was found on ``passed`` of them."""
        self.events += len(outcome.arrivals)
        self.late += int(np.count_nonzero(outcome.arrivals.rows[:, _LATE] == 1))
        self.actions["allow"] = self.actions.get("allow", 0) + passed

    def refuse(self, code: str) -> None:
        """Count a refusal."""
        self.refused[code] = self.refused.get(code, 0) + 1


class Groups:
    """Decides groups in a home. One owner: the line's thread. ``now`` gives the wall clock in UTC microseconds."""

    def __init__(self, home: Home, counts: Counts, now: Callable[[], int] | None) -> None:
        self._home = home
        self._now = now
        if now is not None:
            home.door.clock.trust()
        self.counts = counts
        # what is refused here is told to its sender, who still has it: nothing is kept in quarantine
        context = replace(home.intake, quarantine=None, vault=_Beside(home), spellings=_SPELLINGS)
        self._intake = Intake(context, CHUNK_ROWS, IntakeReport())
        self._singles = Singles(context, home.line.names, home.ring.events)
        self._recent: Kept[tuple[str, str], bytes] = Kept(REMEMBERED, _weigh)
        self.answers = Answers(home.records, home.line.names)

    def decide(self, pieces: Sequence[Piece]) -> list[list[Reply]]:
        """Return the replies to each piece; they may leave when ``home.saved`` is done."""
        replies = self._few(pieces) if _are_few(pieces) else self._many(pieces)
        cuts = np.cumsum([0, *(piece.stop - piece.start for piece in pieces)]).tolist()
        return [replies[start:stop] for start, stop in pairwise(cuts)]

    def _few(self, pieces: Sequence[Piece]) -> list[Reply]:
        rows = [row for piece in pieces for row in piece.submission.rows[piece.start : piece.stop]]
        arrived, reasons = self._singles.take(rows, None if self._now is None else self._now())
        self._home.keep(self._singles.identities())
        return self._replies([(str(row["source"]), str(row["event_id"])) for row in rows], arrived, reasons)

    def _many(self, pieces: Sequence[Piece]) -> list[Reply]:
        clear = pa.concat_tables([piece.submission.clear(piece.start, piece.stop) for piece in pieces])
        taken, reasons = self._intake.table(self._stamped(clear))
        names = list(zip(clear["source"].to_pylist(), clear["event_id"].to_pylist(), strict=True))
        return self._replies(names, self._home.read(taken), reasons)

    def _replies(self, names: Sequence[tuple[str, str]], arrived: Arrivals, reasons: dict[int, str]) -> list[Reply]:
        """Return a reply to each event, by the names that senders gave; ``arrived`` are those without a reason."""
        replies = [self._invalid(reasons[row]) if row in reasons else None for row in range(len(names))]
        good = [row for row in range(len(names)) if row not in reasons]
        if good:
            judged = self._home.judge(arrived)
            outcomes = self._home.decide(judged.let_in())
            self._remember(outcomes)
            for place, row in enumerate(good):
                replies[row] = self._reply(judged, place, names[row])
        return [reply for reply in replies if reply is not None]

    def _stamped(self, clear: pa.Table) -> pa.Table:
        """Return events with the moment at which we learned of them, where the wall clock tells it."""
        if self._now is None:
            return clear
        at = clear.schema.get_field_index("known_at")
        moments: npt.NDArray[np.int64] = np.full(clear.num_rows, self._now(), dtype=np.int64)
        return clear.set_column(at, clear.schema.field(at), pa.array(moments).cast(clear.schema.field(at).type))

    def _reply(self, judged: Judged, place: int, name: tuple[str, str]) -> Reply:
        if judged.leap[place]:
            return self._refused(422, "leap", self._home.door.clock.leap(judged.arrived.rows[place]))
        if judged.old[place]:
            return self._refused(422, "too_old", TOO_OLD)
        if judged.beyond[place]:
            return self._refused(422, "amount_range", OVER, self._home.door.ceiling.column(judged.arrived.rows[place]))
        if judged.conflict[place]:
            return self._refused(409, "conflict", CONFLICT)
        if judged.seq[place] != NEW:
            self.counts.repeats += 1
        body = self._recent.get(name)
        if body is None:
            found = self.answers.find(*name, int(judged.seq[place]))
            if found is None:
                return self._refused(422, "too_old", _LOST)
            body = self._keep(found)
        return Reply(200, body)

    def _remember(self, outcomes: Sequence[Outcome]) -> None:
        rules, names, counts = self._home.rules, self._home.line.names, self.counts
        for outcome in outcomes:
            passed = 0
            for each in bodies_of(outcome, names, rules.catalogue):
                self._recent[each.source, each.event_id] = each.json
                if each.found is None:
                    passed += 1
                else:
                    counts.found(each.found)
            counts.batch(outcome, passed)

    def _keep(self, told: Answer) -> bytes:
        body = self._recent[told.source, told.event_id] = _encode(told)
        return body

    def forget(self) -> None:
        """Drop the oldest answers beyond those kept, once their group has its replies."""
        self._recent.trim()

    @property
    def kept(self) -> dict[str, int]:
        """Bytes of what is kept to spare work, by what it is."""
        return {
            "answers": self._recent.nbytes, "identifiers": self._singles.nbytes, "spellings": self._intake.nbytes,
        }  # fmt: skip

    def _invalid(self, reason: str) -> Reply:
        return self._refused(400, "invalid", reason)

    def _refused(self, status: int, code: str, message: str, param: str | None = None) -> Reply:
        self.counts.refuse(code)
        return Reply(status, b"", code, message, param)


def _weigh(name: tuple[str, str], body: bytes) -> int:
    return _BESIDE + len(name[1]) + len(body)


class _Beside:
    """The home's vault, that takes new identities while the line goes on; their commit waits for them."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def put(self, identities: Sequence[Identity]) -> None:
        """Begin to keep new identities."""
        self._home.keep(identities)

    def day_key(self, day: int) -> bytes | None:
        """Return the text key of a UTC day; None once the day was dropped."""
        return self._home.vault.day_key(day)

    def drop_day(self, day: int) -> None:
        """Destroy the text key of a day."""
        self._home.vault.drop_day(day)

    def open(self, pseudonym: bytes, purpose: str, actor: str, at: int) -> Identity:
        """Return a clear form and record the opening."""
        return self._home.vault.open(pseudonym, purpose, actor, at)


def _are_few(pieces: Sequence[Piece]) -> bool:
    few = sum(piece.stop - piece.start for piece in pieces) <= FEW
    return few and all(piece.submission.table is None for piece in pieces)
