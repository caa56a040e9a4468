"""Who may decide on an order: by whose power, how many, and never the same person twice."""

from __future__ import annotations

from dataclasses import dataclass

from stanch.decide.orders import Order, Refusal
from stanch.law.pack import Term


@dataclass(frozen=True, slots=True)
class Official:
    """A person who decides: entity codes of the person and the employer, and the powers the employer has."""

    code: int
    employer: int
    powers: frozenset[str]

    def power(self, term: Term) -> str | None:
        """Return the power by which this person can decide under a term, None if there is none."""
        return next((power for power in term.power if power in self.powers), None)


def not_theirs(order: Order, term: Term, official: Official) -> Refusal | None:
    """Refuse an official without the power that the term names."""
    if official.power(term) is not None:
        return None
    have = ", ".join(sorted(official.powers)) or "none"
    return Refusal(
        order.id,
        "not_their_power",
        f"a {order.measure} under {term.id} is decided by {' or '.join(term.power)}; this official's powers: {have}",
    )


def same_eyes(order: Order, official: Official, given: tuple[int, ...]) -> Refusal | None:
    """Refuse an official who approved this order before: the next pair of eyes is another person's."""
    if official.code not in given:
        return None
    return Refusal(order.id, "same_official", "this official approved it before; another official must approve it now")


def own_decision(order: Order, hold: Order | None, official: Official) -> Refusal | None:
    """Refuse an official who would hear an objection against a decision of their own."""
    if order.objection is None or hold is None or official.code not in [a.official for a in hold.approvals]:
        return None
    return Refusal(order.id, "decided_before", "who decided the hold cannot hear the objection to it; another must")
