"""Wiring: the parts of a line for given rules, and what it remembers as arrays and plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from stanch.decide.desk import Desk
from stanch.decide.funds import make_funds
from stanch.decide.judges import Judges, wanted_features
from stanch.engine.line import Line
from stanch.engine.names import Names
from stanch.engine.rules import Rules
from stanch.features.conditions import COLUMN_TYPES
from stanch.features.journal import Journal
from stanch.features.live import Observer
from stanch.features.plan import KIND_NUMBER, make_plan
from stanch.features.program import Names as Places
from stanch.model.columns import INDEX
from stanch.resolve.audience import Audience
from stanch.resolve.holders import Holders
from stanch.scores.serving import Scores

Arrays = dict[str, npt.NDArray[np.generic]]


def make_line(rules: Rules, names: Names) -> Line:
    """Return a line that remembers nothing yet. ``names`` already hold what the log knows."""
    word = names.words.code
    plan = make_plan(wanted_features(rules.catalogue, rules.policy, rules.models), word)
    journal = Journal(plan, Places(INDEX, {}, COLUMN_TYPES, {}, word))
    journal.know_kinds({kind: word(kind) for kind in KIND_NUMBER})
    judges = Judges(rules.catalogue, rules.policy, plan, word)
    funds = make_funds(plan, rules.policy.follow, rules.law, word)
    scores = Scores(rules.models, plan, word)
    return Line(
        names, Holders(word), Audience(word), Observer(plan), journal, funds, scores, judges, Desk(rules.policy)
    )


def save_line(line: Line) -> tuple[Arrays, dict[str, Any]]:
    """Return what a line remembers: named arrays, and plain data."""
    parts = {"holders": line.holders.save(), "observer": line.observer.save(), "journal": line.journal.save()}
    parts["births"] = line.audience.births.save()
    arrays = {f"{part}.{name}": array for part, saved in parts.items() for name, array in saved.items()}
    arrays["entities"], words = line.names.saved()
    ledger, funds = line.funds.save()
    arrays |= {f"ledger.{name}": array for name, array in ledger.items()}
    return arrays, {"words": words, "desk": line.desk.save(), "funds": funds, "audience": line.audience.save()}


def load_names(arrays: Mapping[str, npt.NDArray[np.generic]], meta: Mapping[str, Any]) -> Names:
    """Return the names of a saved line."""
    names = Names()
    names.load(np.ascontiguousarray(arrays["entities"], dtype=np.uint64), list(meta["words"]))
    return names


def load_line(line: Line, arrays: Mapping[str, npt.NDArray[np.generic]], meta: Mapping[str, Any]) -> None:
    """Let a line of the same rules remember what was saved."""
    line.holders.load(_part(arrays, "holders"))
    line.observer.load(_part(arrays, "observer"))
    line.journal.load(_part(arrays, "journal"))
    line.audience.births.load(_part(arrays, "births"))
    line.funds.load(_part(arrays, "ledger"), meta["funds"])
    line.desk.load(meta["desk"])
    line.audience.load(meta["audience"])


def _part(arrays: Mapping[str, npt.NDArray[np.generic]], part: str) -> Arrays:
    """Return the arrays of one owner, by the names that it gave them."""
    prefix = f"{part}."
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
