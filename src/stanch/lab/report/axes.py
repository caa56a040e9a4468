"""Axes of the pictures: days along the bottom, and lengths that let small counts be seen beside large ones."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from stanch.model.time import DAY, HOUR, to_datetime

#: What people read on their clocks in the made-up country is ahead of UTC by this.
AHEAD: Final = 8 * HOUR

_WIDE: Final = 200
_TICKS: Final = (0, 10, 50, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 200_000)


def local_days(times: Sequence[int]) -> list[float]:
    """Return UTC microseconds as local days since 1970."""
    return [(at + AHEAD) / DAY for at in times]


def days_below(axes: Axes) -> None:
    """Name the days along the bottom, each where it begins."""
    low, high = axes.get_xlim()
    days = range(ceil(low), floor(high) + 1)
    axes.set_xticks(list(days), [f"{to_datetime(day * DAY):%a %d %b}" for day in days])
    axes.grid(visible=False, axis="x")


def root_heights(axes: Axes, largest: float) -> None:
    """Let heights grow with the square root of a count, where the largest needs it."""
    if largest > _WIDE:
        axes.set_yscale("function", functions=(np.sqrt, np.square))
        axes.set_yticks(*_ticks(largest))
        axes.set_ylim(0, largest * 1.05)


def root_lengths(axes: Axes, largest: float) -> None:
    """Let lengths grow with the square root of a count, where the largest needs it; leave room for a label."""
    if largest > _WIDE:
        axes.set_xscale("function", functions=(np.sqrt, np.square))
        axes.set_xticks(*_ticks(largest))
    axes.set_xlim(0, largest * (1.3 if largest > _WIDE else 1.15))


def _ticks(largest: float) -> tuple[list[int], list[str]]:
    ticks = [tick for tick in _TICKS if tick <= largest * 1.1]
    return ticks, [f"{tick:,}" for tick in ticks]
