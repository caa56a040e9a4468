"""The features of the Fraud Detection Handbook (Le Borgne et al., 2022, chapters 3 to 4), by its definitions.

They include the payment itself, and know outcomes seven days late. The peers read these; no line of ours does.
"""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.lab.train.outcomes import NEVER, Outcomes
from stanch.model.time import DAY

Floats = npt.NDArray[np.float64]

_WINDOWS: Final = (1, 7, 30)
_DELAY: Final = 7
_NIGHT: Final = 6  # hours 0 to 6
_MINOR: Final = 100

FEATURES: Final = (
    "amount", "weekend", "night",
    *(f"card_{what}_{days}d" for days in _WINDOWS for what in ("payments", "mean")),
    *(f"terminal_{what}_{days}d" for days in _WINDOWS for what in ("payments", "risk")),
)  # fmt: skip


def handbook_features(outcomes: Outcomes) -> Floats:
    """Return the features (n, 15) of all events of the outcomes' kind, in the order of ``FEATURES``."""
    happened, hour = outcomes.column("happened_at"), outcomes.column("hour")
    amount = outcomes.column("amount") / _MINOR
    weekday = (happened // DAY + 3) % 7  # the first day of 1970 was a Thursday
    first = np.column_stack([amount, weekday >= 5, hour <= _NIGHT]).astype(np.float64)
    events = pa.table({
        "n": np.arange(len(amount)), "card": outcomes.column("src"), "terminal": outcomes.column("dst"),
        "as_of": outcomes.column("as_of"), "amount": amount, "fraud": (outcomes.known < NEVER).astype(np.int64),
    })  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute("SET enable_progress_bar = false")  # it would be printed among the results
        connection.register("events", events)
        columns = ", ".join(f"{column} AS c{k}" for k, column in enumerate(_columns()))
        found = connection.sql(f"SELECT {columns} FROM events ORDER BY n").fetchnumpy()
    rest = [np.asarray(found[f"c{k}"], dtype=np.float64) for k in range(len(FEATURES) - 3)]
    return np.column_stack([first, *rest])


def _columns() -> list[str]:
    card = [f"{what} {_over('card', days)}" for days in _WINDOWS for what in ("count(*)", "avg(amount)")]
    terminal = []
    for days in _WINDOWS:
        payments, frauds = _shifted("count(*)", days), _shifted("sum(fraud)", days)
        terminal += [payments, f"coalesce({frauds} / nullif({payments}, 0), 0)"]
    return card + terminal


def _shifted(what: str, days: int) -> str:
    """Return what a window holds that ended seven days ago."""
    return f"({what} {_over('terminal', _DELAY + days)} - {what} {_over('terminal', _DELAY)})"


def _over(key: str, days: int) -> str:
    frame = f"RANGE BETWEEN {days * DAY - 1} PRECEDING AND CURRENT ROW"
    return f"OVER (PARTITION BY {key} ORDER BY as_of {frame})"
