"""Eras: stretches of a log over which the same rules decided, and how a line passes from one to the next.

Windows and facts are functions of the events and of the rules that ask: under new rules they are filled from the log.
What was decided stays as it was decided: episodes, payments that wait, the ledger and its orders pass on as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from stanch.decide.funds import make_funds
from stanch.decide.judges import Judges, wanted_features
from stanch.engine.line import Line
from stanch.engine.names import OURSELVES
from stanch.engine.rules import Rules, read_rules
from stanch.engine.wiring import make_line
from stanch.features.plan import make_plan
from stanch.model.columns import INDEX
from stanch.model.errors import ConfigError
from stanch.store.records import Records
from stanch.store.rows import LogBlock


def renewed(line: Line, old: Rules, new: Rules, blocks: Iterable[LogBlock]) -> Line:
    """Return a line of new rules that goes on where the line of the old ones stands; that one is left as it is.

    ``blocks`` are the log so far; they are read only where the new rules ask for other windows. Both lines share what
    does not depend on rules: let only one of them go on. Raises InputError where a window cannot be filled.
    """
    made = make_line(new, line.names)
    if same_windows(old, new):
        made.observer, made.journal = line.observer, line.journal
    else:
        for block in blocks:
            _fill(made, block)
    made.holders, made.audience, made.spent, made.beside = line.holders, line.audience, line.spent, line.beside
    made.desk = line.desk.under(new.policy)
    made.funds.take_over(line.funds)
    return made


def same_windows(old: Rules, new: Rules) -> bool:
    """Whether two sets of rules ask for the same features: what a line remembers then serves both."""
    return wanted_features(old.catalogue, old.policy, old.models) == wanted_features(
        new.catalogue, new.policy, new.models
    )


def check_orders(line: Line, new: Rules) -> None:
    """Refuse rules whose law does not know the terms under which orders were drafted. Raises ConfigError."""
    known = {term.id for term in new.law.terms}
    missing = sorted({order.term for order in line.funds.docket.book.orders()} - known)
    if missing:
        raise ConfigError(
            f"law pack {new.law.id!r} does not know {', '.join(missing)}, under which orders of this home were "
            "drafted; use another home for another country"
        )


@dataclass(slots=True)
class Eras:
    """The rules of a log by their hash, and those under which a line that follows it stands now."""

    bodies: dict[str, str]
    known: dict[str, Rules]
    now: str

    def rules(self, policy: str) -> Rules:
        """Return rules by their hash."""
        if policy not in self.known:
            self.known[policy] = read_rules(self.bodies[policy])
        return self.known[policy]

    def enter(self, line: Line, policy: str) -> None:
        """Let a line that follows the log pass into another era.

        Its windows stay those of the rules for which it is made; desk, orders and what waits are asked of the era's.
        """
        if policy == self.now:
            return
        self.now, rules, word = policy, self.rules(policy), line.names.words.code
        line.desk = line.desk.under(rules.policy)
        plan = make_plan(wanted_features(rules.catalogue, rules.policy, rules.models), word)
        line.judges = Judges(rules.catalogue, rules.policy, plan, word)
        if (line.funds.follow, line.funds.docket.book.pack.hash) != (rules.policy.follow, rules.law.hash):
            funds = make_funds(line.observer.plan, rules.policy.follow, rules.law, word)
            line.funds = funds.take_over(line.funds)


def eras_of(records: Records, rules: Rules) -> Eras:
    """Return the eras of a log, for a line that stands under ``rules`` now."""
    return Eras({row.hash: row.body for row in records.policies()}, {rules.hash: rules}, rules.hash)


def _fill(line: Line, block: LogBlock) -> None:
    """Let the windows of a line remember one commit, whose rows are resolved."""
    rows = block.block.matrix()
    own = rows[:, INDEX["source"]] == line.names.words.code(OURSELVES)
    for row in rows[own]:
        line.journal.enter(row)
    sent = np.ascontiguousarray(rows[~own])
    kinds = line.names.kinds(sent[:, INDEX["kind"]])
    line.observer.observe(sent, kinds, len(line.names.entities))
    line.journal.enter_batch(sent, kinds)
