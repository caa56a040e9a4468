"""What ought to be noticed of reported money: planted by the truth of whose money moved, once victims had reported it.

Who reported when is read off the reports themselves; whose money an instruction moves, off the flows. So a gang that
is done before its victims report leaves nothing to be found here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stanch.lab.world.country import Country
from stanch.lab.world.diary import NOTHING, Diary
from stanch.lab.world.truth import Flow, Truth
from stanch.model.time import HOUR, MINUTE

#: Kinds by which money moves, and what the names of the typologies say of each.
_KINDS: Final = {"transfer": ("tainted_transfer", "reported_channel"),
                 "cash_out": ("tainted_cash_out", "reported_channel_cash_out"),
                 "crypto_out": ("tainted_crypto_out", "reported_channel_crypto_out")}  # fmt: skip
#: A report must have come so long before; sums from which on a movement counts, in minor units.
_BEFORE: Final = 5 * MINUTE
_TAINTED, _CHANNEL = 120_000, 60_000
#: Two reporters speak for each other.
_REPORTERS: Final = 2
#: What one account does within this time is planted once.
_TOGETHER: Final = HOUR


@dataclass(frozen=True, slots=True)
class _Move:
    """One movement of victims' money: from where to where, when, and whose it was by the flows."""

    when: int
    kind: str
    src: int
    dst: int
    amount: int
    flows: tuple[Flow, ...]


def expect_followed(country: Country, diary: Diary, truth: Truth) -> None:
    """Say which payments out of reported money, out of channels of it, and to reported payees ought to be noticed."""
    reports = _reports(diary)
    through = set(country.houses.through.tolist())
    came: dict[int, dict[int, int]] = {}
    planted: dict[tuple[str, int], list[int]] = {}
    cases: dict[tuple[str, int], str] = {}
    for move in _moves(diary, truth):
        if move.src not in through:
            for typology in _shown(move, reports, came.get(move.src, {})):
                planted.setdefault((typology, move.src), []).append(move.when)
                cases[typology, move.src] = move.flows[0].case
        for flow in move.flows:
            into = came.setdefault(move.dst, {})
            into[flow.victim] = into.get(flow.victim, 0) + flow.amount
    for (typology, account), times in planted.items():
        for group in _groups(times):
            truth.plant(f"finance.{typology}", account, cases[typology, account], group)


@dataclass(frozen=True, slots=True)
class _Reports:
    """When each person first reported a payment that they had made, and when each of them first named an account."""

    by_person: dict[int, int]
    by_account: dict[int, dict[int, int]]


def _reports(diary: Diary) -> _Reports:
    rows = diary.told("fraud_reported")
    by_person: dict[int, int] = {}
    by_account: dict[int, dict[int, int]] = {}
    columns = (rows[name].tolist() for name in ("src", "dst", "ref", "happened"))
    for person, account, ref, when in sorted(zip(*columns, strict=True), key=lambda row: int(row[3])):
        by_account.setdefault(account, {}).setdefault(person, when)
        if ref != NOTHING:
            by_person.setdefault(person, when)
    return _Reports(by_person, by_account)


def _moves(diary: Diary, truth: Truth) -> list[_Move]:
    flows: dict[int, list[Flow]] = {}
    for flow in truth.flows:
        flows.setdefault(flow.event, []).append(flow)
    found = []
    for kind in _KINDS:
        rows = diary.told(kind)
        columns = (rows[name].tolist() for name in ("event", "happened", "src", "dst", "amount"))
        for event, when, src, dst, amount in zip(*columns, strict=True):
            if event in flows:
                found.append(_Move(when, kind, src, dst, amount, tuple(flows[event])))
    return sorted(found, key=lambda move: move.when)


def _shown(move: _Move, reports: _Reports, came: dict[int, int]) -> list[str]:
    """Return what a movement shows to somebody who knows the truth, and of the reports those that have come."""
    until = move.when - _BEFORE
    tainted, channel = _KINDS[move.kind]
    shown = []
    if sum(f.amount for f in move.flows if f.funded_by and _told(reports, f.victim, until)) >= _TAINTED:
        shown.append(tainted)
    speaking = [amount for victim, amount in came.items() if _told(reports, victim, until)]
    enough = max(_CHANNEL, move.amount // 2)
    if len(speaking) >= _REPORTERS and sum(speaking) >= enough and move.amount >= _CHANNEL:
        shown.append(channel)
    if sum(when < until for when in reports.by_account.get(move.dst, {}).values()) >= _REPORTERS:
        shown.append("reported_payee")
    return shown


def _told(reports: _Reports, victim: int, until: int) -> bool:
    return reports.by_person.get(victim, until) < until


def _groups(times: list[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for when in sorted(times):
        if groups and when - groups[-1][-1] <= _TOGETHER:
            groups[-1].append(when)
        else:
            groups.append([when])
    return groups
