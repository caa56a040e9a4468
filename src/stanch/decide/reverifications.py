"""Re-verifications: all of them, as a function of the log. Asks come from decisions, answers from operators.

Fed with events in log order; ``tick`` lets time act. Nothing depends on how the log was cut: time acts before each
event too. Source: ATOFL art. 11 (graded re-verification) and 32 (reason, relief, lifting at once).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from stanch.decide.reverify_case import STEPS, ReverifyCase, ReverifyEvent
from stanch.decide.reverify_rules import ReverifyRules
from stanch.model.columns import NULL

#: Kinds of events that this room reads.
KINDS: Final = (
    "card_issued", "iot_sold", "reverification_asked", "recertified", "card_restricted", "objection", "cleared",
    "number_recycled",
)  # fmt: skip
#: Kinds of entities that can answer for a restriction: a person of the operator, or an authority.
DECIDERS: Final = ("employee", "person", "institution")

_HOLDING: Final = ("card_issued", "iot_sold", "recertified")


class Reverifications:
    """The only owner of re-verifications: the open one of each card, and all that ended."""

    def __init__(self) -> None:
        self._open: dict[int, ReverifyCase] = {}
        self._ended: list[ReverifyCase] = []
        self._ends: list[tuple[int, int]] = []
        self._cards: dict[int, set[int]] = {}  # holder -> cards
        self._holder: dict[int, int] = {}

    def take(self, event: ReverifyEvent, rules: ReverifyRules) -> ReverifyCase | None:
        """Take an event; return the case that it changed, None where it changed none."""
        self.tick(event.at)
        if event.kind in _HOLDING and event.stated != NULL:
            self._hold(event.card, event.stated)
        case = self._open.get(event.card)
        match event.kind:
            case "reverification_asked":
                return self._ask(event, case, rules)
            case "recertified":
                return None if case is None else self._verified(event, case, rules)
            case "card_restricted":
                return self._limit(event, case, rules)
            case "objection":
                return None if case is None else self._object(event, case, rules)
            case "cleared":
                return None if case is None else self._close(case, event.at, "cleared")
            case "number_recycled":
                self._hold(event.card, NULL)
                return None if case is None else self._step(case, "recycled", event.at, "recycled")
        return None

    def tick(self, now: int) -> list[ReverifyCase]:
        """Let time act up to ``now``; return the cases that it changed, in the order in which it did."""
        changed = []
        while self._ends and self._ends[0][0] <= now:
            end, card = heapq.heappop(self._ends)
            case = self._open.get(card)
            if case is not None and case.next_end == end:
                changed.append(self._timed(case, end))
        return changed

    def open_cases(self) -> list[ReverifyCase]:
        """Return the open cases, those first on which the clock acts first."""
        return sorted(self._open.values(), key=lambda case: (case.next_end or 0, case.id))

    def cases(self) -> Iterator[ReverifyCase]:
        """Yield every case: those that ended in the order of their end, then the open ones."""
        yield from self._ended
        yield from self.open_cases()

    def save(self) -> dict[str, object]:
        """Return all of it as plain data."""
        return {
            "open": [msgspec.to_builtins(case) for case in self._open.values()],
            "ended": [msgspec.to_builtins(case) for case in self._ended],
            "holders": sorted(self._holder.items()),
        }

    def load(self, data: Mapping[str, Any]) -> None:  # Any: plain data, checked on reading
        """Take over what was saved."""
        self._open, self._ends, self._cards, self._holder = {}, [], {}, {}
        self._ended = msgspec.convert(data["ended"], list[ReverifyCase])
        for case in msgspec.convert(data["open"], list[ReverifyCase]):
            self._keep(case)
        for card, holder in msgspec.convert(data["holders"], list[tuple[int, int]]):
            self._hold(card, holder)

    def _ask(self, event: ReverifyEvent, case: ReverifyCase | None, rules: ReverifyRules) -> ReverifyCase | None:
        score = 0 if event.number == NULL else event.number
        level = rules.level(score)
        due = rules.due(level, event.at)
        if case is None:
            holder = self._holder_of(event)
            name = f"r{event.at}-{event.card}"
            asked = ReverifyCase(name, event.card, holder, level, score, "", event.at, due, due + rules.decision)
            return self._step(asked, "asked", event.at, "asked")
        if case.state != "asked" or level <= case.level:
            return None  # what goes on is not asked anew, and a deadline once given is never moved but by a graver ask
        due = min(due, case.due)
        sooner = {"level": level, "score": score, "due": due, "decide_by": due + rules.decision}
        return self._step(case, "asked", event.at, "graver", **sooner)

    def _verified(self, event: ReverifyEvent, case: ReverifyCase, rules: ReverifyRules) -> ReverifyCase | None:
        if event.detail == "passed":
            return self._close(case, event.at, "passed")
        if event.detail != "failed" or case.state not in ("asked", "overdue"):
            return None
        decide_by = event.at + rules.decision
        return self._step(case, "failed", event.at, "failed", decide_by=decide_by, last_card=self._last_card(case))

    def _limit(self, event: ReverifyEvent, case: ReverifyCase | None, rules: ReverifyRules) -> ReverifyCase | None:
        """Note that somebody limited a card. It stands, as it happened; what was wrong about it is noted beside it.

        A limit that is told again with the outlet that issued the card is for that outlet's score, and changes nothing.
        """
        if case is not None and case.decided_by != NULL and event.actor_kind == "outlet":
            return None
        flaws = []
        if event.actor == NULL or event.actor_kind not in DECIDERS:
            flaws.append("nobody_named")
        if case is None:
            flaws.append("not_asked_before")
            name = f"r{event.at}-{event.card}"
            case = ReverifyCase(name, event.card, self._holder_of(event), 1, 0, "", event.at, event.at)
        elif case.state == "asked":
            flaws.append("before_the_deadline")
        last = self._last_card(case)
        if last and "nobody_named" in flaws:
            flaws.append("last_card_without_a_person")
        found = (*case.flaws, *(flaw for flaw in flaws if flaw not in case.flaws))
        if case.state in ("limited", "contested"):  # said again: no renewal, its end stays
            return self._step(case, case.state, event.at, case.reason, flaws=found)
        actor = NULL if "nobody_named" in flaws else event.actor
        limit = {"until": event.at + rules.lasts, "decided_by": actor, "last_card": last, "flaws": found}
        return self._step(case, "limited", event.at, "limited", **limit)

    def _object(self, event: ReverifyEvent, case: ReverifyCase, rules: ReverifyRules) -> ReverifyCase | None:
        if case.state != "limited":
            return None
        return self._step(case, "contested", event.at, "objected", answer_by=event.at + rules.hearing)

    def _close(self, case: ReverifyCase, at: int, why: str) -> ReverifyCase:
        """End a case in favour of the holder: a limit is lifted in this moment."""
        if case.state in ("limited", "contested"):
            return self._step(case, "lifted", at, why)
        return self._step(case, "passed" if why == "passed" else "withdrawn", at, why)

    def _timed(self, case: ReverifyCase, end: int) -> ReverifyCase:
        if case.state == "asked":
            return self._step(case, "overdue", end, "overdue", last_card=self._last_card(case))
        if case.state in ("overdue", "failed"):
            return self._step(case, "left", end, "nobody_decided")
        if case.state == "contested" and case.answer_by == end:
            return self._step(case, "lifted", end, "objection_unanswered")
        return self._step(case, "ended", end, "time_is_up")

    def _step(self, case: ReverifyCase, to: str, at: int, why: str, **changes: object) -> ReverifyCase:
        if to not in STEPS[case.state]:
            raise AssertionError(f"{case.id}: no step from {case.state!r} to {to!r}")
        after = msgspec.structs.replace(case, state=to, reason=why, changed_at=at, **changes)
        self._open.pop(case.card, None)
        if after.open:
            self._keep(after)
        else:
            self._ended.append(after)
        return after

    def _keep(self, case: ReverifyCase) -> None:
        self._open[case.card] = case
        if case.next_end is not None:
            heapq.heappush(self._ends, (case.next_end, case.card))

    def _hold(self, card: int, holder: int) -> None:
        before = self._holder.pop(card, NULL)
        self._cards.get(before, set()).discard(card)
        if holder != NULL:
            self._holder[card] = holder
            self._cards.setdefault(holder, set()).add(card)

    def _holder_of(self, event: ReverifyEvent) -> int:
        return self._holder.get(event.card, event.holder)

    def _last_card(self, case: ReverifyCase) -> bool:
        """Whether no other card of the holder is known that can call out: also where the holder is not known."""
        others = self._cards.get(case.holder, set()) - {case.card}
        limited = {card for card in others if card in self._open and self._open[card].state in ("limited", "contested")}
        return not others - limited
