"""The flow picture: an SVG in which a person sees where the money went, where it sits, and where it left."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from stanch.cases.layout import BAR, ENDS, OTHERS, TURNED, Box, Layout, Stream, lay_out
from stanch.cases.markup import TINTS, Html, both, lasting, money, say
from stanch.cases.view import EXITS, Party, TraceView, by_key
from stanch.cases.words import en

_SIDE: Final = 30  #: how far a stream that turns back swings out
_NAME: Final = 16  #: letters of a bank or shop in the picture


def flow_picture(view: TraceView) -> str:
    """Return the picture as an SVG element; it carries no style of its own."""
    layout, parties = lay_out(view), by_key(view.parties)
    width, height = round(layout.width), round(layout.height)
    pieces = [*_heads(view, layout), *_streams(view, layout, parties), *_boxes(view, layout, parties)]
    return (
        f'<svg class="flow" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(_spoken(view))}">{_HATCH}{"".join(pieces)}</svg>'
    )


_HATCH = (
    '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" fill="var(--sand)"/><path d="M0 0V5" stroke="var(--paper)" stroke-width="2.4"/>'
    "</pattern></defs>"
)


def _spoken(view: TraceView) -> str:
    return "; ".join(f"{part} {money(amount, view.currency)}" for part, amount in view.parts.items() if amount)


def _heads(view: TraceView, layout: Layout) -> Iterator[str]:
    """Yield the head of each column: the hop, and when money first came there."""
    columns: dict[int, list[Box]] = {}
    for box in layout.boxes.values():
        columns.setdefault(box.layer, []).append(box)
    for layer, boxes in sorted(columns.items()):
        x = boxes[0].x
        name = say("victim", "tspan") if layer == 0 else f"{say('hop', 'tspan')}<tspan> {layer}</tspan>"
        wait = min(box.since for box in boxes) - view.first
        after = "" if layer == 0 else "+" + both(lasting(wait), lasting(wait, "zh"), "tspan")
        yield (
            f'<text class="head" x="{x}" y="18">{name}</text><text class="small soft" x="{x}" y="34">{after}</text>'
            f'<path class="rule" d="M{x} 44H{x + 150}"/>'
        )


def _streams(view: TraceView, layout: Layout, parties: dict[int, Party]) -> Iterator[str]:
    ordered = sorted(layout.streams, key=lambda stream: -stream.width)
    for at, stream in enumerate(ordered):
        src, dst = layout.boxes[stream.src], layout.boxes[stream.dst]
        back = dst.layer <= src.layer
        path = (
            _turning(stream, src, dst, layout.height - TURNED / 2 - at % 3 * 6) if back else _straight(stream, src, dst)
        )
        name = en("others").format(n=layout.others[dst.key]) if dst.key in layout.others else parties[dst.key[1]].name
        names = f"{parties[src.key[1]].name} → {name}"
        many = f" ({stream.movements}×)" if stream.movements > 1 else ""
        yield (
            f'<path class="stream" d="{path}" stroke="var(--{TINTS[stream.way]})" stroke-width="{stream.width:.1f}">'
            f"<title>{escape(names)}: {money(stream.traced, view.currency)}{many}</title></path>"
        )


def _straight(stream: Stream, src: Box, dst: Box) -> str:
    start, end = src.x + BAR, dst.x
    middle = (start + end) / 2
    return f"M{start:.1f} {stream.start:.1f}C{middle:.1f} {stream.start:.1f} {middle:.1f} {stream.end:.1f} {end:.1f} {stream.end:.1f}"  # noqa: E501 one path


def _turning(stream: Stream, src: Box, dst: Box, bottom: float) -> str:
    """Return a path that leaves to the right, goes back below everything, and comes in from the left."""
    start, end, side = src.x + BAR, dst.x, _SIDE
    return (
        f"M{start:.1f} {stream.start:.1f}C{start + side:.1f} {stream.start:.1f} {start + side:.1f} {bottom:.1f} "
        f"{start:.1f} {bottom:.1f}H{end:.1f}"
        f"C{end - side:.1f} {bottom:.1f} {end - side:.1f} {stream.end:.1f} {end:.1f} {stream.end:.1f}"
    )


def _boxes(view: TraceView, layout: Layout, parties: dict[int, Party]) -> Iterator[str]:
    for box in layout.boxes.values():
        number = layout.others.get(box.key)
        party = parties[box.key[1]] if number is None else Party(OTHERS, "exit", "")
        yield from _bar(box, party)
        yield _label(view, box, party, number)


def _bar(box: Box, party: Party) -> Iterator[str]:
    """Yield the pieces of a box: what moved on above, what sits there below, by what can be done about it."""
    if box.key[0] in ENDS:
        pieces = {_ended(box): box.money}
    elif box.key[0] == "victim":
        pieces = {"moved": box.money}
    else:
        pieces = {"moved": box.money - party.traced, **party.parts}
    y, scale = box.y, box.height / max(sum(pieces.values()), 1)
    for part, amount in pieces.items():
        if amount:
            fill = "url(#hatch)" if part == "untouched" else f"var(--{TINTS[part]})"
            yield f'<rect x="{box.x}" y="{y:.1f}" width="{BAR}" height="{amount * scale:.1f}" fill="{fill}"/>'
            y += amount * scale


def _label(view: TraceView, box: Box, party: Party, number: int | None) -> str:
    """Return two lines: who it is; and the amount that matters there, in the colour of what can be done about it.

    ``number`` is how many small exits a box joins.
    """
    x, y = box.x + BAR + 6, max(box.middle, box.y + 9) - 3
    name = party.name.removeprefix("account ")  # what stands in the columns is an account if nothing else is said
    who = say(box.key[0], "tspan") if box.key[0] in ENDS else f"<tspan>{escape(name)}</tspan>"
    with_ = Html(escape(_short(name if box.key[0] in ENDS else party.bank)))
    with_ = with_ if number is None else say("others", "tspan", n=str(number))
    part, amount = _told(box, party)
    below = (
        f'<tspan class="amount" fill="var(--{TINTS[part]}-ink)">{money(amount, view.currency)}</tspan>' if part else ""
    )
    mark = "" if not below or not with_ else " · "
    return (
        f'<g class="label"><text x="{x}" y="{y:.1f}">{who}</text>'
        f'<text class="small" x="{x}" y="{y + 14:.1f}">{below}'
        f'<tspan class="soft">{mark}{with_}</tspan></text></g>'
    )


def _ended(box: Box) -> str:
    return "left" if box.key[0] in EXITS else "returned"


def _short(name: str) -> str:
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"


def _told(box: Box, party: Party) -> tuple[str, int]:
    if box.key[0] in ENDS:
        return _ended(box), box.money
    if box.key[0] == "victim":
        return "moved", box.money
    sits = {part: amount for part, amount in party.parts.items() if amount}
    if not sits:
        return "", 0
    part = "holdable" if "holdable" in sits else max(sits, key=lambda part: sits[part])
    return part, sits[part]
