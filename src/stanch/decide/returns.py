"""Returns: held money goes back to the victims of a pool by a rule that anyone can recompute.

Amounts are minor units of one currency. Only verified losses share; what is inferred or alleged is shown beside them
and never paid on. Rules, mildest assumption first, after the 2016 rules on returning frozen funds, article 8:

- ``direct``: an account in which the money of one report alone was traced goes to that report;
- ``timestamp``: in each account the money traced into it first goes back first, as the trace says;
- ``pro_rata``: the whole pool is shared by what each victim still misses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from stanch.decide.shares import proportional
from stanch.model.errors import ConfigError, InputError


class Claim(msgspec.Struct, frozen=True):
    """What the victim of one report lost, and what came back already, by whatever way.

    ``verified`` is proved, ``inferred`` follows from the trace alone, ``alleged`` is only said; they never mix.
    """

    report: int
    verified: int
    inferred: int = 0
    alleged: int = 0
    returned: int = 0

    @property
    def missing(self) -> int:
        """The verified loss that has not come back."""
        return max(self.verified - self.returned, 0)


class Traced(msgspec.Struct, frozen=True):
    """Money of one report traced into an account, and when it came there (UTC microseconds)."""

    report: int
    at: int
    amount: int


class Pot(msgspec.Struct, frozen=True):
    """Money held on one account that may be returned, and whose it was under the trace."""

    account: int
    amount: int
    traced: tuple[Traced, ...]

    def of(self, report: int) -> int:
        """How much of a report was traced into the account."""
        return sum(part.amount for part in self.traced if part.report == report)


class Share(msgspec.Struct, frozen=True):
    """What one report gets back from one account."""

    report: int
    account: int
    traced: int
    amount: int


class Allocation(msgspec.Struct, frozen=True):
    """Who gets what from where. What the pots held = all shares + all that is left, exactly."""

    shares: tuple[Share, ...]  #: by report, then account; none is empty
    rounding: tuple[tuple[int, int], ...]  #: report and the minor units that rounding added to its share
    left: tuple[tuple[int, int], ...]  #: account and what stays there: nobody here has a verified claim to it


class Inputs(msgspec.Struct, frozen=True):
    """Everything a return rests on: enough to recompute it. ``term`` is the id of the provision of the law pack."""

    rule: str
    term: str
    currency: str
    claims: tuple[Claim, ...]
    pots: tuple[Pot, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical form: two statements with one digest rest on the same numbers."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class Statement(msgspec.Struct, frozen=True):
    """What one victim is told: the claim, each account it was traced to, the share, and the law it rests on."""

    report: int
    rule: str
    term: str
    currency: str
    claim: Claim
    lines: tuple[Share, ...]  #: also accounts that held the report's money and of which it gets nothing
    share: int
    rounding: int  #: minor units of ``share`` that are due to rounding, 0 or 1
    missing: int  #: verified loss that is still not back after this
    pool: int  #: what all pots held
    claims: int  #: what all victims of the pool missed before this
    inputs: str  #: digest of the inputs


def allocate(claims: Sequence[Claim], pots: Sequence[Pot], rule: str) -> Allocation:
    """Share the pots among the claims: never more than is missing, never more than is there, to the minor unit.

    The order in which claims and pots are given does not matter. Raises ConfigError for an unknown rule and InputError
    for numbers that cannot be.
    """
    if rule not in _RULES:
        raise ConfigError(f"unknown rule of return {rule!r}; known: {', '.join(RULES)}")
    _check(claims, pots)
    ordered = sorted(pots, key=lambda pot: pot.account)
    missing = {claim.report: claim.missing for claim in sorted(claims, key=lambda claim: claim.report)}
    given, rounding = _RULES[rule](missing, ordered)
    shares = [Share(report, pot.account, pot.of(report), given[report, pot.account])
              for report in missing for pot in ordered if given.get((report, pot.account))]  # fmt: skip
    out = {pot.account: 0 for pot in ordered}
    for share in shares:
        out[share.account] += share.amount
    left = tuple((pot.account, pot.amount - out[pot.account]) for pot in ordered if pot.amount > out[pot.account])
    return Allocation(tuple(shares), tuple(rounding.items()), left)


def statements(inputs: Inputs) -> tuple[Statement, ...]:
    """Return the statement of each victim, in the order of report ids."""
    allocation = allocate(inputs.claims, inputs.pots, inputs.rule)
    return tuple(_statement(claim, inputs, allocation) for claim in sorted(inputs.claims, key=lambda c: c.report))


def recompute(inputs: Inputs, report: int) -> Statement:
    """Return the statement of one report again, from its inputs alone. Raises InputError for an unknown report."""
    found = {statement.report: statement for statement in statements(inputs)}
    if report not in found:
        raise InputError(f"report {report} has no claim in this pool; known: {', '.join(map(str, found))}")
    return found[report]


def _statement(claim: Claim, inputs: Inputs, allocation: Allocation) -> Statement:
    given = {share.account: share.amount for share in allocation.shares if share.report == claim.report}
    lines = tuple(
        Share(claim.report, pot.account, pot.of(claim.report), given.get(pot.account, 0))
        for pot in sorted(inputs.pots, key=lambda pot: pot.account)
        if pot.of(claim.report) or pot.account in given
    )
    share = sum(given.values())
    return Statement(
        claim.report, inputs.rule, inputs.term, inputs.currency, claim, lines, share,
        dict(allocation.rounding).get(claim.report, 0), claim.missing - share,
        sum(pot.amount for pot in inputs.pots), sum(each.missing for each in inputs.claims), inputs.digest,
    )  # fmt: skip


_Given = dict[tuple[int, int], int]


def _direct(missing: Mapping[int, int], pots: Sequence[Pot]) -> tuple[_Given, dict[int, int]]:
    alone = [pot for pot in pots if len({part.report for part in pot.traced if part.amount}) == 1]
    return _by_time(missing, alone)


def _by_time(missing: Mapping[int, int], pots: Sequence[Pot]) -> tuple[_Given, dict[int, int]]:
    due, given = dict(missing), _Given()
    for pot in pots:
        rest = pot.amount
        for part in sorted(pot.traced, key=lambda part: (part.at, part.report)):
            amount = min(part.amount, due.get(part.report, 0), rest)
            if amount:
                _give(given, due, (part.report, pot.account), amount)
                rest -= amount
    return given, {}


def _pro_rata(missing: Mapping[int, int], pots: Sequence[Pot]) -> tuple[_Given, dict[int, int]]:
    amounts, rounding = proportional(sum(pot.amount for pot in pots), tuple(missing.values()))
    due, given = dict(zip(missing, amounts, strict=True)), _Given()
    rest = {pot.account: pot.amount for pot in pots}
    own = [(report, pot.account, pot.of(report)) for report in missing for pot in pots]
    anywhere = [(report, pot.account, pot.amount) for report in missing for pot in pots]
    for report, account, most in (*own, *anywhere):  # one's own money first; who gets how much is fixed already
        amount = min(due[report], rest[account], most)
        if amount:
            _give(given, due, (report, account), amount)
            rest[account] -= amount
    return given, {report: extra for report, extra in zip(missing, rounding, strict=True) if extra}


def _give(given: _Given, due: dict[int, int], place: tuple[int, int], amount: int) -> None:
    given[place] = given.get(place, 0) + amount
    due[place[0]] -= amount


_Rule = Callable[[Mapping[int, int], Sequence[Pot]], tuple[_Given, dict[int, int]]]
_RULES: Final[dict[str, _Rule]] = {"direct": _direct, "timestamp": _by_time, "pro_rata": _pro_rata}
RULES: Final = tuple(_RULES)


def _check(claims: Sequence[Claim], pots: Sequence[Pot]) -> None:
    _once("report", (claim.report for claim in claims))
    _once("account", (pot.account for pot in pots))
    for claim in claims:
        if min(claim.verified, claim.inferred, claim.alleged, claim.returned) < 0:
            raise InputError(f"claim of report {claim.report} has a negative amount; amounts are 0 or more")
    for pot in pots:
        if min((pot.amount, *(part.amount for part in pot.traced))) < 0:
            raise InputError(f"pot of account {pot.account} has a negative amount; amounts are 0 or more")


def _once(what: str, values: Iterable[int]) -> None:
    seen: set[int] = set()
    for value in values:
        if value in seen:
            raise InputError(f"{what} {value} is given twice; give each {what} of a pool once, with its whole amount")
        seen.add(value)
