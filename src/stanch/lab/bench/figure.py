"""A figure: what was measured, beside what, and whether its budget held."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
import yaml


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a figure must reach, and how many times better than its peer it must be."""

    better: Literal["more", "less"]
    figure: float
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What a benchmark returns: figure and unit, its peer and the peer's figure in the same unit."""

    name: str
    figure: float
    unit: str
    peer: str | None = None
    peer_figure: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure with its budget. ``ratio`` is how many times better than the peer, whichever way is better."""

    name: str
    figure: float
    unit: str
    peer: str | None
    peer_figure: float | None
    ratio: float | None
    budget: float | None
    held: bool | None
    note: str


@cache
def budgets() -> dict[str, Budget]:
    """Return the budgets by benchmark."""
    text = files("stanch.lab.bench").joinpath("budgets.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Budget])


def judged(measured: Measured) -> Figure:
    """Return a figure held against its budget, if it has one."""
    budget = budgets().get(measured.name)
    ratio = _ratio(measured, budget)
    held = None if budget is None else _reached(measured.figure, budget) and _ahead(ratio, budget)
    return Figure(
        measured.name, measured.figure, measured.unit, measured.peer, measured.peer_figure, ratio,
        budget.figure if budget else None, held, measured.note,
    )  # fmt: skip


def _ratio(measured: Measured, budget: Budget | None) -> float | None:
    if not measured.peer_figure or not measured.figure:
        return None
    more = measured.figure / measured.peer_figure
    return more if budget is None or budget.better == "more" else 1 / more


def _reached(figure: float, budget: Budget) -> bool:
    return figure >= budget.figure if budget.better == "more" else figure <= budget.figure


def _ahead(ratio: float | None, budget: Budget) -> bool:
    return budget.ratio is None or (ratio is not None and ratio >= budget.ratio)
