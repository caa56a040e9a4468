"""Where things stand in the flow picture: accounts in columns by hop, ordered so that streams cross little.

Lengths are pixels. A box is as high, and a stream as wide, as the money that goes through it. What went back to a
victim ends beside where it left from, as an exit does; other streams that turn back to an earlier column run below
everything and are never wider than ``TURNED``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from stanch.cases.view import EXITS, TraceView

BAR: Final = 13  #: width of a box
TOP: Final = 64  #: room for the heads of the columns
_LEFT: Final = 34  #: room for streams that come back to the first column
_COLUMN: Final = 204
_LABEL: Final = 216  #: room for the labels of the last column
_TALLEST: Final = 400  #: all boxes of the fullest column together
_ROW: Final = 33  #: two lines of a label
_GAP: Final = 9
_THINNEST: Final = 1.5
#: The widest that a stream back to an earlier column is drawn.
TURNED: Final = 18.0
#: More streams than these nobody can read; the tables show all.
STREAMS: Final = 150
#: Ways that end a path in the picture: out of every account, or back to a victim.
ENDS: Final = (*EXITS, "returned")
#: Of the ends of one way in one column the largest stand alone; the others are one box.
EXITS_ALONE: Final = 4
#: The key of those others.
OTHERS: Final = -2

Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A party in its place: role or way of its end, the column, what went in and out, when the first came."""

    key: Key
    layer: int
    money: int
    since: int
    y: float
    height: float

    @property
    def x(self) -> float:
        """Its left edge."""
        return _LEFT + self.layer * _COLUMN

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Stream:
    """All movements of one way between two boxes; ``start`` and ``end`` are the middles of its two ends."""

    src: Key
    dst: Key
    way: str
    traced: int
    movements: int
    start: float
    end: float
    width: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole picture."""

    boxes: dict[Key, Box]
    streams: tuple[Stream, ...]
    others: dict[Key, int]  #: boxes of several ends, and how many they are
    width: float
    height: float


def lay_out(view: TraceView) -> Layout:
    """Return where each party and each stream stands."""
    links, others = _together(_links(view))
    boxes = _boxes(view, links)
    layers: dict[int, list[Box]] = defaultdict(list)
    for box in boxes.values():
        layers[box.layer].append(box)
    full = max((sum(box.money for box in layer) for layer in layers.values()), default=0)
    scale = _TALLEST / full if full else 0.0
    placed: dict[Key, Box] = {}
    for layer in sorted(layers):
        placed |= _column(layers[layer], placed, links, scale)
    streams = tuple(_streams(placed, links, scale))
    under = max((box.y + max(box.height, _ROW) for box in placed.values()), default=TOP)
    turned = any(placed[s.dst].layer <= placed[s.src].layer for s in streams)
    width = _LEFT + max(layers, default=0) * _COLUMN + BAR + _LABEL
    return Layout(placed, streams, others, width, under + (26 + TURNED if turned else 14))


Link = tuple[Key, Key, str]
_Links = dict[Link, tuple[int, int, int]]


def _links(view: TraceView) -> _Links:
    """Return money, movements and first time between any two boxes; an end is drawn once for each hop.

    Of more than ``STREAMS`` the largest are drawn.
    """
    roles = {party.key: party for party in view.parties}
    found: _Links = {}
    for flow in view.flows:
        src, dst = roles[flow.src], roles[flow.dst]
        ends = flow.way in EXITS or (flow.way == "returned" and dst.role == "victim")
        to = (flow.way, dst.key, src.hop + 1) if ends else (dst.role, dst.key, dst.hop)
        place = (src.role, src.key, src.hop), to, flow.way
        traced, movements, first = found.get(place, (0, 0, flow.at))
        found[place] = traced + flow.traced, movements + 1, min(first, flow.at)
    return dict(sorted(found.items(), key=lambda item: (-item[1][0], item[0]))[:STREAMS])


def _together(links: _Links) -> tuple[_Links, dict[Key, int]]:
    """Join the small ends of a way in a column into one box; return the links, and how many each such box joins."""
    sums: dict[Key, int] = defaultdict(int)
    for (_, dst, _), (traced, *_) in links.items():
        if dst[0] in ENDS:
            sums[dst] += traced
    small: dict[tuple[str, int], list[Key]] = defaultdict(list)
    for key in sorted(sums, key=lambda key: (-sums[key], key)):
        small[key[0], key[2]].append(key)
    joined = {key: (way, OTHERS, layer) for (way, layer), keys in small.items()
              if len(keys) > EXITS_ALONE + 1 for key in keys[EXITS_ALONE:]}  # fmt: skip
    found: _Links = {}
    for (src, dst, way), (traced, movements, first) in links.items():
        place = src, joined.get(dst, dst), way
        before = found.get(place, (0, 0, first))
        found[place] = before[0] + traced, before[1] + movements, min(before[2], first)
    others: dict[Key, int] = defaultdict(int)
    for key in joined.values():
        others[key] += 1
    return found, dict(others)


def _boxes(view: TraceView, links: _Links) -> dict[Key, Box]:
    into: dict[Key, int] = defaultdict(int)
    out: dict[Key, int] = defaultdict(int)
    since: dict[Key, int] = {}
    for (src, dst, _), (traced, _, first) in links.items():
        out[src] += traced
        into[dst] += traced
        for key in (src, dst) if src[0] == "victim" else (dst,):
            since[key] = min(since.get(key, first), first)
    sits = {("account", party.key): party.traced for party in view.parties}
    return {
        key: Box(key, key[2], max(into[key], out[key] + sits.get(key[:2], 0)), since.get(key, 0), 0, 0)
        for key in dict.fromkeys(key for src, dst, _ in links for key in (src, dst))
    }


def _column(layer: Sequence[Box], placed: dict[Key, Box], links: _Links, scale: float) -> dict[Key, Box]:
    """Place one column: each box near the middle of what flows into it, none above another."""
    wanted = _pulls(layer, placed, links)
    top, found = float(TOP), {}
    for box in sorted(layer, key=lambda box: (wanted[box.key], box.since, box.key)):
        height = max(box.money * scale, _THINNEST)
        y = max(top, wanted[box.key] - height / 2)
        found[box.key] = Box(box.key, box.layer, box.money, box.since, y, height)
        top = y + max(height, _ROW) + _GAP
    return found


def _pulls(layer: Sequence[Box], placed: dict[Key, Box], links: _Links) -> dict[Key, float]:
    """Return the height at which the money of each box comes in, weighted by amount."""
    sums = {box.key: (0.0, 0) for box in layer}
    for (src, dst, _), (traced, *_) in links.items():
        if dst in sums and src in placed:
            height, total = sums[dst]
            sums[dst] = height + placed[src].middle * traced, total + traced
    return {key: height / total if total else TOP for key, (height, total) in sums.items()}


def _streams(boxes: dict[Key, Box], links: _Links, scale: float) -> Iterable[Stream]:
    starts = _ends(boxes, links, 0, scale)
    ends = _ends(boxes, links, 1, scale)
    for link, (traced, movements, _) in links.items():
        width = max(traced * scale, _THINNEST)
        if boxes[link[1]].layer <= boxes[link[0]].layer:
            width = min(width, TURNED)
        yield Stream(*link, traced, movements, starts[link] + width / 2, ends[link] + width / 2, width)


def _ends(boxes: dict[Key, Box], links: _Links, side: int, scale: float) -> dict[Link, float]:
    """Return where each stream touches its source (side 0) or its target (side 1), sorted by where the other end is."""
    found: dict[Link, float] = {}
    below = {key: box.y for key, box in boxes.items()}
    ends = {link: (link[0], link[1]) for link in links}
    for link in sorted(links, key=lambda link: (boxes[ends[link][1 - side]].middle, link)):
        found[link] = below[ends[link][side]]
        below[ends[link][side]] += max(links[link][0] * scale, _THINNEST)
    return found
