"""The timeline: every movement of traced money from the first payment until now, and when it was reported."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import log1p
from typing import Final

from stanch.cases.markup import TINTS, both, lasting, moment, money, say
from stanch.cases.view import TraceView, by_key
from stanch.model.time import DAY, HOUR, MINUTE

_WIDTH: Final = 1000
_BASE: Final = 150
_TALLEST: Final = 104
_STEPS: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
                 DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 365 * DAY)  # fmt: skip
_SOON: Final = 5 * MINUTE  #: up to here the scale is about even
_WORDS: Final = 170  #: room for a word with its moment
_APART: Final = 62  #: between two words of the scale


def timeline(view: TraceView) -> str:
    """Return the timeline as an SVG element; it carries no style of its own."""
    last = max(view.now, view.reported_at, view.first + MINUTE)
    axis = _Axis(view.first, last)
    pieces = [*_ticks(view, axis), *_marks(view, axis), *_movements(view, axis)]
    return f'<svg class="time" viewBox="0 0 {_WIDTH} 190" role="img">{"".join(pieces)}</svg>'


class _Axis:
    """From a time to its place: equal steps are equal ratios of the time since the first payment, after ``_SOON``.

    Money moves on within minutes, and is looked at days later: on an even scale all movements would be one line.
    """

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last = first, last
        self._whole = log1p((last - first) / _SOON)

    def __call__(self, at: int) -> float:
        return 20 + (_WIDTH - 40) * log1p(max(at - self.first, 0) / _SOON) / self._whole


def _ticks(view: TraceView, axis: _Axis) -> Iterator[str]:
    """Yield the steps of the scale, as far apart as their words need."""
    yield f'<path class="rule" d="M0 {_BASE}H{_WIDTH}"/>'
    yield f'<text class="small soft" x="0" y="{_BASE + 37}">{moment(axis.first, view.ahead)}</text>'
    used = -float(_APART)
    for step in (0, *_STEPS):
        x = axis(axis.first + step)
        if axis.first + step > axis.last or x < used + _APART:
            continue
        used = x
        word = both("+" + lasting(step), "+" + lasting(step, "zh"), "tspan") if step else "0"
        yield f'<path class="rule" d="M{x:.1f} {_BASE}v5"/>'
        yield f'<text class="small soft" text-anchor="middle" x="{x:.1f}" y="{_BASE + 19}">{word}</text>'


def _marks(view: TraceView, axis: _Axis) -> Iterator[str]:
    """Yield the report and the present, one above the other where their words would touch."""
    near = axis(view.now) - axis(view.reported_at) < 2 * _WORDS
    for key, at in (("report", view.reported_at), ("now", view.now)):
        x = axis(at)
        anchor = "end" if x > _WIDTH - _WORDS else "start"
        y = 16 if key == "report" or not near else 32
        text = f'{say(key, "tspan")}<tspan class="soft"> {moment(at, view.ahead)}</tspan>'
        yield f'<path class="mark" d="M{x:.1f} {y + 6}V{_BASE}"/>'
        yield f'<text class="small head" text-anchor="{anchor}" x="{x:.1f}" y="{y}">{text}</text>'


def _movements(view: TraceView, axis: _Axis) -> Iterator[str]:
    most = max((flow.traced for flow in view.flows), default=1)
    names = by_key(view.parties)
    for flow in view.flows:
        x, height = axis(flow.at), max(_TALLEST * flow.traced / most, 3)
        told = f"{moment(flow.at, view.ahead)} {names[flow.src].name} → {names[flow.dst].name}: "
        told += money(flow.traced, view.currency)
        yield (
            f'<g stroke="var(--{TINTS[flow.way]})" fill="var(--{TINTS[flow.way]})">'
            f'<path stroke-width="2.4" d="M{x:.1f} {_BASE}v-{height:.1f}"/>'
            f'<circle cx="{x:.1f}" cy="{_BASE - height:.1f}" r="3.4"/><title>{escape(told)}</title></g>'
        )
