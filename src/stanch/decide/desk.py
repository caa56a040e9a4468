"""The desk: from the findings on one event to its decision, and what the decision causes.

The desk remembers open episodes and payments that wait, nothing else. It reads no clock: time is the event's ``as_of``.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.decide.lifting import Cleared, Stands, concerns, standing
from stanch.decide.policy import ACTIONS, MACHINE_STEPS, PAYMENTS, WAITING_STEPS, Clause, Policy
from stanch.model.columns import INDEX, NULL
from stanch.model.decisions import LADDERS, Decision, Finding, Hold

Ints = npt.NDArray[np.int64]

#: No entity has this code.
NOBODY: Final = -1
_RANK: Final = {step: rank for rank, step in enumerate(ACTIONS)}


@dataclass(frozen=True, slots=True)
class Case:
    """One event with what was found on it."""

    row: int
    values: Ints
    kind: str
    event_id: str
    findings: Sequence[Finding]
    clauses: Sequence[Clause]


class Episode(msgspec.Struct):
    """An alert that is still open: when its finding last held, and the strictest step taken since it began."""

    last: int
    rank: int


class Desk:
    """Decides, by a policy. The only owner of episodes and waiting payments."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._essential = frozenset(clause.id for clause in policy.essential)
        self._episodes: dict[tuple[str, int], Episode] = {}
        self._holds: list[tuple[int, str, Hold]] = []

    def __len__(self) -> int:
        """Return how many episodes and waits are remembered."""
        return len(self._episodes) + len(self._holds)

    def begins(self, typology: str, subject: int, now: int) -> bool:
        """Whether a finding now would begin an episode."""
        episode = self._episodes.get((typology, subject))
        return episode is None or now - episode.last > self.policy.quiet

    def decide(self, case: Case) -> Decision:
        """Return the decision on one event, and remember its episodes."""
        now = int(case.values[INDEX["as_of"]])
        exempt = next((c.id for c in case.clauses if c.id in self._essential), None)
        others = (c for c in case.clauses if c.id not in self._essential)
        vulnerable = max(others, key=lambda c: c.earlier, default=None)
        taken, proposed, why, best = [], [], [], 0.0
        for side in ("protect", "control"):
            findings = [finding for finding in case.findings if finding.side == side]
            score = combined(findings)
            best = max(best, score)
            earlier = vulnerable.earlier if vulnerable is not None and side == "protect" else 0.0
            step, asked, reason = self._step(case.kind, side, score, earlier, exempt)
            if any(finding.new_episode for finding in findings):
                proposed += asked
            if self._again(step, findings, now):
                continue
            if step:
                taken.append(step)
                why.append(reason)
        self.remember(case.findings, taken, now)
        action = max(taken, key=_RANK.__getitem__, default="allow")
        waits = self._waits(action, case)
        return Decision(
            row=case.row, action=action, score=round(best, 6), findings=tuple(case.findings), steps=tuple(taken),
            proposed=tuple(proposed), why_not_lower="; ".join(why), until=now + waits if waits else None,
            exempt=exempt, vulnerable=vulnerable.id if vulnerable else None,
        )  # fmt: skip

    def remember(self, findings: Sequence[Finding], taken: Sequence[str], now: int) -> None:
        """Note that findings held now and which steps were taken on them."""
        for finding in findings:
            rank = max((_RANK[step] for step in taken if step in LADDERS[finding.side]), default=0)
            before = self._rank(finding, now)
            self._episodes[finding.typology, finding.subject] = Episode(now, max(rank, before))

    def hold(self, hold: Hold) -> None:
        """Remember that a payment waits."""
        heapq.heappush(self._holds, (hold.until, hold.measure, hold))

    def lift(self, cleared: Cleared, stands: Stands) -> list[Hold]:
        """Return the payments that no longer have to wait because of an act, in the order of their ends.

        Their ``until`` moves to that moment; one whose payer still has a cooling-off goes on to wait until its end.
        """
        waiting = [hold for _, _, hold in sorted(self._holds, key=lambda each: each[:2])]
        freed = [hold for hold in waiting if concerns(cleared, hold) and not self._stays(hold, cleared, stands)]
        for hold in freed:
            hold.until = min(hold.until, max(hold.not_before, cleared.at))
            hold.account, hold.whose = NOBODY, ()
        over = {hold.measure for hold in freed if hold.until <= cleared.at}
        self._holds = [(hold.until, hold.measure, hold) for hold in waiting if hold.measure not in over]
        heapq.heapify(self._holds)
        return freed

    def next_end(self) -> int | None:
        """When the next payment's wait ends, or None if none waits."""
        return self._holds[0][0] if self._holds else None

    def waiting(self, subject: int) -> int:
        """Return how much of a subject's payments wait now, minor units."""
        return sum(hold.amount for _, _, hold in self._holds if hold.subject == subject)

    def expired(self, now: int) -> list[Hold]:
        """Return the payments whose wait is over at ``now``, in the order of their ends, and forget them."""
        over = []
        while self._holds and self._holds[0][0] <= now:
            over.append(heapq.heappop(self._holds)[2])
        self._episodes = {key: e for key, e in self._episodes.items() if now - e.last <= self.policy.quiet}
        return over

    def under(self, policy: Policy) -> Desk:
        """Return a desk that decides by another policy and remembers the same."""
        desk = Desk(policy)
        desk.load(msgspec.json.decode(msgspec.json.encode(self.save())))
        return desk

    def save(self) -> dict[str, object]:
        """Return the memory as plain data."""
        episodes = [[typology, subject, e.last, e.rank] for (typology, subject), e in self._episodes.items()]
        return {"episodes": episodes, "holds": [msgspec.to_builtins(hold) for _, _, hold in self._holds]}

    def load(self, data: Mapping[str, object]) -> None:
        """Take over saved memory."""
        episodes = msgspec.convert(data["episodes"], list[tuple[str, int, int, int]])
        self._episodes = {(typology, subject): Episode(last, rank) for typology, subject, last, rank in episodes}
        holds = msgspec.convert(data["holds"], list[Hold])
        self._holds = [(hold.until, hold.measure, hold) for hold in holds]
        heapq.heapify(self._holds)

    def _step(
        self, kind: str, side: str, score: float, earlier: float, exempt: str | None
    ) -> tuple[str, list[str], str]:
        """The least sufficient machine step, the steps proposed to a person, and why the step below was not enough."""
        ladder = self.policy.steps.get(kind, {}).get(side, ())
        reached = [step for step in ladder if score > 0 and score >= self.policy.from_score[step] - earlier - 1e-12]
        if exempt:
            reached = [step for step in reached if step == "inform"]
        mine = [step for step in reached if step in MACHINE_STEPS]
        asked = [step for step in reached if step not in MACHINE_STEPS]
        if not mine:
            return "", asked, ""
        step = mine[-1]
        limit = self.policy.from_score[step] - earlier
        below = mine[-2] if len(mine) > 1 else "no step"
        return step, asked, f"{step}: {below} is enough only below {limit:.2f}, the score is {score:.2f}"

    def _stays(self, hold: Hold, cleared: Cleared, stands: Stands) -> bool:
        """Whether a delay is still needed for what is found without what was cleared."""
        step, _, _ = self._step(hold.kind, "control", combined(standing(hold, cleared, stands)), 0.0, None)
        return step == hold.step

    def _again(self, step: str, findings: Sequence[Finding], now: int) -> bool:
        """Whether the step was taken before in each of these episodes; a payment that must wait always waits."""
        if not step or step in WAITING_STEPS:
            return False
        return all(self._rank(finding, now) >= _RANK[step] for finding in findings)

    def _rank(self, finding: Finding, now: int) -> int:
        if self.begins(finding.typology, finding.subject, now):
            return -1
        return self._episodes[finding.typology, finding.subject].rank

    def _waits(self, action: str, case: Case) -> int:
        if action not in WAITING_STEPS or case.kind not in PAYMENTS or case.values[INDEX["amount"]] == NULL:
            return 0
        return self.policy.delay if action == "delay" else self.policy.cooling_off


def combined(findings: Sequence[Finding]) -> float:
    """Return the score of several findings: strongest of each family, families as independent evidence."""
    strongest: dict[str, float] = {}
    for finding in findings:
        strongest[finding.family] = max(strongest.get(finding.family, 0.0), finding.score)
    innocent = 1.0
    for family in sorted(strongest):
        innocent *= 1.0 - strongest[family]
    return 1.0 - innocent if strongest else 0.0
