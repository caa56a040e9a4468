"""The pictures of a report."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from stanch.engine.replay import percentile
from stanch.lab.measure.money import Movement, SchemeMoney
from stanch.lab.measure.world import TypologyMeasure
from stanch.lab.report.axes import days_below, local_days, root_heights, root_lengths
from stanch.lab.report.canvas import INK, Picture, colour, drawn
from stanch.lab.report.content import Hour
from stanch.model.money import format_money

#: Each step of the ladders, mildest first, and its colour.
STEPS: Final = {
    "inform": "grey", "warn": "teal", "reverify": "blue", "contact": "violet", "confirm": "amber", "delay": "red",
}  # fmt: skip
_THOUSAND: Final = 100 * 1_000
_SECTORS: Final = {"telecom": "blue", "finance": "green", "internet": "violet", "data": "amber"}
_PATHS: Final = {
    "set out to pay": ("at_risk", "grey"),
    "stopped": ("stopped", "green"),
    "left as cash, crypto or goods": ("left", "red"),
}
_ENDS: Final = {
    "stopped_at_payment": ("stopped as it was paid", "green"),
    "stopped_later": ("stopped on its way", "teal"),
    "stayed": ("still in accounts", "amber"),
    "left": ("left", "red"),
}


def timeline(hours: Sequence[Hour]) -> Picture:
    """Return the decisions that acted, hour by hour, by step."""
    at = sorted({hour.at for hour in hours})
    count = {(hour.action, hour.at): hour.decisions for hour in hours}

    def draw(axes: Axes) -> None:
        base = np.zeros(len(at))
        for step, tint in STEPS.items():
            heights = np.array([float(count.get((step, moment), 0)) for moment in at])
            label = f"{step} ({heights.sum():,.0f})"
            axes.bar(local_days(at), heights, 1 / 26, bottom=base, color=colour(tint), label=label, align="edge")
            base += heights
        days_below(axes)
        root_heights(axes, float(base.max(initial=1.0)))
        axes.set_ylabel("decisions an hour")
        axes.legend(ncols=6, loc="lower center", bbox_to_anchor=(0.5, 1.0), handlelength=0.9, columnspacing=1.2)

    told = f"Decisions that acted, by hour and step: {sum(count.values()):,} in all."
    return drawn("What was done, hour by hour", told, draw)


def money_over_time(movements: Sequence[Movement]) -> Picture:
    """Return what victims set out to pay, what was stopped and what left, added up over time."""
    at = local_days([movement.at for movement in movements])
    sums = {name: _added(movements, part) for name, (part, _) in _PATHS.items()}

    def draw(axes: Axes) -> None:
        for name, (_, tint) in _PATHS.items():
            axes.step(at, sums[name], where="post", color=colour(tint), linewidth=1.8, label=name)
        axes.fill_between(at, sums["stopped"], step="post", color=colour("green"), alpha=0.14, linewidth=0)
        days_below(axes)
        axes.set_ylim(bottom=0)
        axes.set_ylabel("thousand CNY, added up")
        axes.legend(loc="upper left", handlelength=1.2)

    ends = "; ".join(f"{name} {values[-1]:,.0f} thousand CNY" for name, values in sums.items() if values)
    return drawn("Money at risk and stopped", f"Victims' money over time: {ends}.", draw)


def money_by_scheme(schemes: Sequence[SchemeMoney]) -> Picture:
    """Return where each scheme's money was stopped, stayed or left."""
    names = [scheme.scheme for scheme in reversed(schemes)]

    def draw(axes: Axes) -> None:
        base = np.zeros(len(names))
        for part, (label, tint) in _ENDS.items():
            widths = np.array([getattr(scheme, part) / _THOUSAND for scheme in reversed(schemes)])
            axes.barh(names, widths, 0.66, left=base, color=colour(tint), label=label)
            base += widths
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("thousand CNY")
        axes.legend(loc="lower right", handlelength=0.9)

    told = "; ".join(
        f"{each.scheme}: {format_money(each.at_risk, 'CNY')} at risk, {format_money(each.left, 'CNY')} left"
        for each in schemes
    )
    return drawn("Where each scheme's money ended", told, draw, (7.6, 0.9 + 0.25 * len(schemes)))


def findings(typologies: Sequence[TypologyMeasure]) -> Picture:
    """Return right and wrong episodes by typology, grouped by sector."""
    sectors = list(_SECTORS)
    shown = [typology for typology in typologies if typology.flagged]
    shown.sort(key=lambda typology: (-sectors.index(_sector(typology)), typology.flagged))

    def draw(axes: Axes) -> None:
        places = np.arange(len(shown), dtype=np.float64)
        tints = [colour(_SECTORS[_sector(typology)]) for typology in shown]
        right, flagged = [typology.right for typology in shown], [typology.flagged for typology in shown]
        axes.barh(places, flagged, 0.7, color=tints, alpha=0.28)
        axes.barh(places, right, 0.7, color=tints)
        axes.set_yticks(places, [typology.typology for typology in shown])
        for place, good, every in zip(places.tolist(), right, flagged, strict=True):
            axes.annotate(f"  {good:,} of {every:,}", (every, place), va="center", fontsize=8, color=INK)
        root_lengths(axes, float(max(flagged, default=1)))
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("episodes: right ones full, wrong ones pale")

    flagged, right = sum(t.flagged for t in shown), sum(t.right for t in shown)
    told = f"{flagged:,} episodes of {len(shown)} typologies; {right:,} of them right."
    return drawn("Findings by typology and sector", told, draw, (7.6, 0.8 + 0.2 * max(len(shown), 1)))


def latency(latencies: Sequence[tuple[float, int]]) -> Picture:
    """Return how long batches took from arrival to decision, each weighing as many events as it held."""
    millis = np.array([seconds * 1e3 for seconds, _ in latencies])
    weights = np.array([float(count) for _, count in latencies])
    limits = {share: percentile(latencies, share) * 1e3 for share in (0.5, 0.99)}

    def draw(axes: Axes) -> None:
        edges = np.geomspace(max(float(millis.min()), 1e-3), float(millis.max()) * 1.01, 40).tolist()
        axes.hist(millis, edges, weights=weights / weights.sum() * 100, color=colour("blue"))
        for share, limit in limits.items():
            axes.axvline(limit, color=colour("red"), linewidth=1.2)
            axes.annotate(f" {share:.0%} within {limit:.1f} ms", (limit, axes.get_ylim()[1]), va="top", color=INK)
        axes.set_xscale("log")
        axes.set_xlabel("milliseconds (log)")
        axes.set_ylabel("% of events")

    told = f"Half of all events were decided within {limits[0.5]:.1f} ms, 99 % within {limits[0.99]:.1f} ms."
    return drawn("How long a batch takes", told, draw, (7.6, 2.4))


def _added(movements: Sequence[Movement], part: str) -> list[float]:
    values = [m.stopped_at_payment + m.stopped_later if part == "stopped" else getattr(m, part) for m in movements]
    return [value / _THOUSAND for value in accumulate(values)]


def _sector(typology: TypologyMeasure) -> str:
    return typology.typology.split(".", maxsplit=1)[0]
