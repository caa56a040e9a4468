"""Lifting: a payment that waits because its money was reported stolen is free when the report falls.

What a payment rests on is kept with it: whose reported money was in the account when it was asked for, and what was
found. When a report is withdrawn or cleared, or the account is, the same conditions are asked again of what is left.
Law: the Anti-Telecom and Online Fraud Law, article 32, asks that who is cleared is freed of a measure at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from stanch.model.decisions import Decision, Finding, Hold

#: What the ledger and the taint tell about an account that pays, by the name of the computed feature.
Facts = Mapping[str, int | None]
#: Whether a finding's condition holds when the computed features have these values.
Stands = Callable[[Finding, Facts], bool]

_ALL: Final = 100  # percent


@dataclass(frozen=True, slots=True)
class Behind:
    """What reported money lay in an account that asked to pay: in all, of each report, and the most it can hold."""

    kind: str
    account: int
    tainted: int
    whose: dict[int, int]  #: minor units under the method, by report
    high: int | None  #: the highest balance that the ledger allows; None where no limit is known
    hops: int
    came: int = 0  #: what came by the way of backed reports' money, minor units
    share: int | None = None  #: the same in percent of all that came


@dataclass(frozen=True, slots=True)
class Cleared:
    """An act that takes reports away, or clears an account: its row in the batch and its ``as_of``.

    ``through`` are the accounts through which money of backed reports still went after it.
    """

    row: int
    at: int
    reports: frozenset[int]
    accounts: frozenset[int]
    through: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Lifted:
    """A payment whose wait ends earlier than was said, because of the act in ``row`` of the batch."""

    row: int
    hold: Hold


def grounded(hold: Hold, decision: Decision, behind: Behind | None, cooling_off: int) -> Hold:
    """Keep with a delay what it rests on; a payment that waits for its payer alone rests on nothing that can fall."""
    if behind is None or decision.action != "delay":
        return hold
    hold.kind, hold.account, hold.high, hold.hops = behind.kind, behind.account, behind.high, behind.hops
    hold.tainted, hold.whose = behind.tainted, tuple(behind.whose.items())
    hold.came, hold.share = behind.came, behind.share
    hold.findings = tuple(finding for finding in decision.findings if finding.side == "control")
    hold.not_before = hold.placed_at + (cooling_off if "confirm" in decision.steps else 0)
    return hold


def facts(tainted: int, high: int | None, hops: int | None) -> dict[str, int | None]:
    """Return the computed features of a payment out of an account that holds ``tainted`` of reported money, surely."""
    if tainted <= 0:
        return {"tainted_in_src": 0, "clean_in_src": None, "taint_share": None, "hops_from_report": None}
    return {
        "tainted_in_src": tainted,
        "clean_in_src": None if high is None else max(high - tainted, 0),
        "taint_share": None if not high else min(_ALL, tainted * _ALL // high),
        "hops_from_report": hops,
    }


def channel_facts(came: int, share: int | None) -> dict[str, int | None]:
    """Return the computed features of an account into which ``came`` by the way of backed reports' money."""
    return {"came_by_reported": came, "channel_share": share}


def concerns(cleared: Cleared, hold: Hold) -> bool:
    """Whether a payment waits on something that an act takes away."""
    if hold.account in cleared.accounts or (hold.came and hold.account not in cleared.through):
        return True
    return any(report in cleared.reports for report, _ in hold.whose)


def standing(hold: Hold, cleared: Cleared, stands: Stands) -> list[Finding]:
    """Take away from a waiting payment what was cleared; return the findings that still hold."""
    left = () if hold.account in cleared.accounts else hold.whose
    hold.whose = tuple(each for each in left if each[0] not in cleared.reports)
    if hold.account in cleared.accounts or hold.account not in cleared.through:
        hold.came, hold.share = 0, None
    told = facts(min(hold.tainted, sum(amount for _, amount in hold.whose)), hold.high, hold.hops)
    told |= channel_facts(hold.came, hold.share)
    return [finding for finding in hold.findings if stands(finding, told)]
