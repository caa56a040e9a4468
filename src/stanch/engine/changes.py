"""Changes of the rules at a home: proposed by one person, approved by another, gone back from, tried beside.

The machine activates nothing alone. Each act is an event of the log between two batches; what it changes holds from the
next event on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from stanch.engine.acts import Act
from stanch.engine.eras import check_orders
from stanch.engine.home import Home
from stanch.engine.names import Names
from stanch.engine.rule_acts import (
    APPROVED,
    PROPOSED,
    ROLLED_BACK,
    SHADOWED,
    check_approval,
    check_proposal,
    check_return,
    full_hash,
)
from stanch.engine.rules import Rules, read_rules
from stanch.engine.wiring import make_line
from stanch.intake.staff import staff_member
from stanch.model.errors import InputError
from stanch.store.records import Records
from stanch.store.rule_rows import bodies_of, rule_acts_of


@dataclass(frozen=True, slots=True)
class Said:
    """Who says something about the rules, when (UTC microseconds), and why."""

    by: str
    at: int
    reason: str = ""


def propose(home: Home, rules: Rules, said: Said) -> str:
    """Keep rules as a version that another person may approve; return its hash. Nothing decides otherwise yet.

    Raises InputError without a reason or where they are proposed already, ConfigError where they cannot decide here.
    """
    rules = replace(rules, text=home.rules.text)
    version, live = rules.hash, home.rules.hash
    _need_reason(said, "proposed")
    check_proposal(rule_acts_of(home.records), version, live)
    check_orders(home.line, rules)
    make_line(rules, Names())  # compiles every condition
    home.enter(Act(PROPOSED, version, _person(home, said), said.at, said.reason, live, body=rules.body()))
    return version


def approve(home: Home, written: str, said: Said) -> str:
    """Let a second person put a proposed version into force, from the next event on; return its hash.

    Raises InputError where the same person proposed it, or other rules came into force since.
    """
    version, live = full_hash(written, bodies_of(home.records)), home.rules.hash
    person = _person(home, said)
    proposal = check_approval(rule_acts_of(home.records), version, live, person)
    rules = version_rules(home.records, version, home.rules)
    check_orders(home.line, rules)
    home.enter(Act(APPROVED, version, person, said.at, said.reason, live, proposal.person), rules)
    return version


def roll_back(home: Home, written: str, said: Said) -> str:
    """Put rules that decided here before into force again, from the next event on; return their hash.

    One person may: two had agreed to them, and going back must not wait. Raises InputError.
    """
    former, live = [each.hash for each in home.records.policies()], home.rules.hash
    version = full_hash(written, bodies_of(home.records))
    _need_reason(said, "gone back to")
    check_return(former, version, live)
    rules = version_rules(home.records, version, home.rules)
    check_orders(home.line, rules)
    home.enter(Act(ROLLED_BACK, version, _person(home, said), said.at, said.reason, live), rules)
    return version


def shadow(home: Home, written: str, said: Said) -> str:
    """Let a version decide beside the rules in force, on trial, from the next event on; return its hash."""
    version = full_hash(written, bodies_of(home.records))
    if home.trial is not None:
        raise InputError(f"{home.trial.version[:12]} is on trial; end that first: stanch rules shadow --off")
    if version == home.rules.hash:
        raise InputError(f"{version[:12]} decides now; there is nothing to compare it with")
    version_rules(home.records, version, home.rules)
    home.enter(Act(SHADOWED, version, _person(home, said), said.at, said.reason, home.rules.hash))
    return version


def end_shadow(home: Home, said: Said) -> str:
    """End the trial; return the hash of the version that was on trial. What was recorded stays."""
    if home.trial is None:
        raise InputError("no version is on trial; begin one with: stanch rules shadow --id VERSION")
    version = home.trial.version
    home.enter(Act(SHADOWED, "", _person(home, said), said.at, said.reason, home.rules.hash))
    return version


def said_before(home: Home, kind: str, version: str, by: str) -> bool:
    """Whether the last act about rules is this one, by this person, on what decides now: it was sent again."""
    last = next(reversed(rule_acts_of(home.records)), None)
    if last is None or (last.kind, last.hash, last.person) != (
        kind,
        version,
        staff_member(by, home.ring.keys).pseudonym,
    ):
        return False
    return home.rules.hash in (last.replaces, last.hash)


def version_rules(records: Records, version: str, live: Rules) -> Rules:
    """Return the rules of a version by its whole hash. Raises InputError where this release reads them otherwise."""
    rules = _read(bodies_of(records)[version])
    if rules.hash != version or rules.text != live.text:
        raise InputError(
            f"{version[:12]} was written for another release or another text model: here it would decide otherwise; "
            "propose it again"
        )
    return rules


@lru_cache(maxsize=4)
def _read(body: str) -> Rules:
    """Read rules once: who asks for them before the line does spares it that."""
    return read_rules(body)


def _person(home: Home, said: Said) -> bytes:
    """Return the pseudonym of who speaks; the name goes into the vault."""
    identity = staff_member(said.by, home.ring.keys)
    home.vault.put([identity])
    return identity.pseudonym


def _need_reason(said: Said, what: str) -> None:
    if not said.reason.strip():
        raise InputError(f"rules are {what} with a reason; say why with --reason")
