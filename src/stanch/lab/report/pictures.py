"""The pictures of a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, DayLocator

from stanch.lab.measure.money import Movement, SchemeMoney
from stanch.lab.measure.world import TypologyMeasure
from stanch.lab.report.canvas import INK, Picture, colour, drawn
from stanch.lab.report.content import Hour
from stanch.model.money import format_money
from stanch.model.time import to_datetime

#: What people read on their clocks in the made-up country.
_AHEAD: Final = timedelta(hours=8)
_STEPS: Final = {
    "inform": "grey", "warn": "teal", "reverify": "blue", "contact": "violet", "confirm": "amber", "delay": "red",
}  # fmt: skip
_MONEY: Final = 100 * 1_000
_SECTORS: Final = {"telecom": "blue", "finance": "green", "internet": "violet", "data": "amber"}


def timeline(hours: Sequence[Hour]) -> Picture:
    """Return the decisions that acted, hour by hour, by step."""
    total = sum(hour.decisions for hour in hours)
    told = f"Decisions that acted, by hour and step: {total:,} in all."

    def draw(axes: Axes) -> None:
        at = sorted({hour.at for hour in hours})
        base = np.zeros(len(at))
        for step, name in _STEPS.items():
            counts = {hour.at: hour.decisions for hour in hours if hour.action == step}
            heights = np.array([float(counts.get(moment, 0)) for moment in at])
            if heights.any():
                axes.bar(_local(at), heights, 1 / 26, bottom=base, color=colour(name), label=f"{step} ({int(heights.sum()):,})", align="edge")
                base += heights
        _days(axes)
        _root_scale(axes, float(base.max(initial=1.0)))
        axes.set_ylabel("decisions an hour")
        axes.legend(ncols=6, loc="upper center", bbox_to_anchor=(0.5, 1.16), handlelength=0.9, columnspacing=1.2)

    return drawn("What was done, hour by hour", told, draw)


def money_over_time(movements: Sequence[Movement]) -> Picture:
    """Return what victims set out to pay, what was stopped and what left, added up over time."""
    parts = {
        "set out to pay": ("at_risk", "grey"),
        "stopped": ("stopped", "green"),
        "left as cash, crypto or goods": ("left", "red"),
    }
    sums = {name: _added(movements, part) for name, (part, _) in parts.items()}
    told = "Victims' money over time: " + "; ".join(f"{name} {values[-1]:,.0f} thousand CNY" for name, values in sums.items())

    def draw(axes: Axes) -> None:
        at = _local([movement.at for movement in movements])
        for name, (_, tint) in parts.items():
            axes.step(at, sums[name], where="post", color=colour(tint), linewidth=1.8, label=name)  # type: ignore[arg-type]  # dates
        axes.fill_between(at, sums["stopped"], step="post", color=colour("green"), alpha=0.14, linewidth=0)  # type: ignore[arg-type]  # dates
        _days(axes)
        axes.set_ylim(bottom=0)
        axes.set_ylabel("thousand CNY, added up")
        axes.legend(loc="upper left", handlelength=1.2)

    return drawn("Money at risk and stopped", told, draw)


def money_by_scheme(schemes: Sequence[SchemeMoney]) -> Picture:
    """Return where each scheme's money was stopped, stayed or left."""
    parts = {
        "stopped_at_payment": ("stopped as it was paid", "green"),
        "stopped_later": ("stopped on its way", "teal"),
        "stayed": ("still in accounts", "amber"),
        "left": ("left", "red"),
    }
    told = "; ".join(f"{s.scheme}: {format_money(s.at_risk, 'CNY')} at risk, {format_money(s.left, 'CNY')} left" for s in schemes)

    def draw(axes: Axes) -> None:
        names = [scheme.scheme for scheme in reversed(schemes)]
        base = np.zeros(len(names))
        for part, (label, tint) in parts.items():
            widths = np.array([getattr(scheme, part) / _MONEY for scheme in reversed(schemes)])
            axes.barh(names, widths, 0.66, left=base, color=colour(tint), label=label)
            base += widths
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("thousand CNY")
        axes.legend(loc="lower right", handlelength=0.9)

    return drawn("Where each scheme's money ended", told, draw, (7.6, 0.9 + 0.25 * len(schemes)))


def findings(typologies: Sequence[TypologyMeasure]) -> Picture:
    """Return right and wrong episodes by typology, grouped by sector."""
    shown = [t for t in typologies if t.flagged]
    right, flagged = sum(t.right for t in shown), sum(t.flagged for t in shown)
    told = f"{flagged:,} episodes of {len(shown)} typologies; {right:,} of them right."

    def draw(axes: Axes) -> None:
        ordered = sorted(shown, key=lambda t: (list(_SECTORS).index(_sector(t)), -t.flagged), reverse=True)
        places = np.arange(len(ordered), dtype=np.float64)
        tints = [colour(_SECTORS[_sector(t)]) for t in ordered]
        axes.barh(places, [t.right for t in ordered], 0.7, color=tints)
        axes.barh(places, [t.flagged - t.right for t in ordered], 0.7, left=[t.right for t in ordered], color=tints, alpha=0.28)
        axes.set_yticks(places, [t.typology for t in ordered])
        for place, typology in zip(places.tolist(), ordered, strict=True):
            axes.annotate(f" {typology.right:,} of {typology.flagged:,}", (typology.flagged, place), va="center", fontsize=8, color=INK)
        _root_scale(axes, float(max(t.flagged for t in ordered)), along="x")
        axes.set_ylim(-0.6, len(ordered) - 0.4)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("episodes: right ones full, wrong ones pale")

    return drawn("Findings by typology and sector", told, draw, (7.6, 0.8 + 0.2 * max(len(shown), 1)))


def latency(latencies: Sequence[tuple[float, int]]) -> Picture:
    """Return how long events waited for their decision, from arrival to decision, by the batch they came in."""
    millis = np.array([seconds * 1e3 for seconds, _ in latencies])
    events = np.array([float(count) for _, count in latencies])
    order = np.argsort(millis)
    reached = np.cumsum(events[order]) / events.sum()
    at = {share: float(millis[order][np.searchsorted(reached, share)]) for share in (0.5, 0.99)}
    told = f"Time from a batch's arrival to its decisions: half of all events within {at[0.5]:.1f} ms, 99 % within {at[0.99]:.1f} ms."

    def draw(axes: Axes) -> None:
        edges = np.geomspace(max(millis.min(), 1e-3), millis.max() * 1.01, 40)
        axes.hist(millis, edges, weights=events / events.sum() * 100, color=colour("blue"))
        for share, limit in at.items():
            axes.axvline(limit, color=colour("red"), linewidth=1.2)
            axes.annotate(f" {share:.0%} within {limit:.1f} ms", (limit, axes.get_ylim()[1]), va="top", color=INK)
        axes.set_xscale("log")
        axes.set_xlabel("milliseconds (log)")
        axes.set_ylabel("% of events")

    return drawn("How long a batch takes", told, draw, (7.6, 2.4))


def _added(movements: Sequence[Movement], part: str) -> list[float]:
    values = [m.stopped_at_payment + m.stopped_later if part == "stopped" else getattr(m, part) for m in movements]
    return [value / _MONEY for value in accumulate(values)]


def _local(times: Sequence[int]) -> list[datetime]:
    return [(to_datetime(at) + _AHEAD).replace(tzinfo=None) for at in times]


def _days(axes: Axes) -> None:
    axes.xaxis.set_major_locator(DayLocator())
    axes.xaxis.set_major_formatter(DateFormatter("%a %d %b"))
    axes.grid(visible=False, axis="x")
    axes.margins(x=0.01)


def _root_scale(axes: Axes, largest: float, along: str = "y") -> None:
    """Let small counts be seen beside large ones: lengths grow with the square root where the largest needs it."""
    if largest > 200:
        forward, back = np.sqrt, np.square
        (axes.set_yscale if along == "y" else axes.set_xscale)("function", functions=(forward, back))
        ticks = [n for n in (0, 10, 50, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000) if n <= largest * 1.1]
        (axes.set_yticks if along == "y" else axes.set_xticks)(ticks, [f"{tick:,}" for tick in ticks])
        (axes.set_ylim if along == "y" else axes.set_xlim)(0, largest * (1.05 if along == "y" else 1.25))


def _sector(typology: TypologyMeasure) -> str:
    return typology.typology.split(".", maxsplit=1)[0]


