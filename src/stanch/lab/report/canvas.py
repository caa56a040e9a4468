"""The canvas: pictures as SVG that take their colours and letters from the page, so that they follow light and dark."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

#: Colours as a picture names them -> what the page calls them.
_INK: Final = "#010101"
_FAINT: Final = "#020202"
_NAMED: Final = {
    "grey": "#0a0001", "blue": "#0a0002", "amber": "#0a0003", "red": "#0a0004", "green": "#0a0005",
    "violet": "#0a0006", "teal": "#0a0007",
}  # fmt: skip
_SETTINGS: Final[Any] = {  # Any: matplotlib types each of its hundreds of settings by name
    "svg.fonttype": "none", "svg.hashsalt": "stanch", "font.family": "sans-serif", "font.size": 9.0,
    "text.color": _INK, "axes.edgecolor": _FAINT, "axes.labelcolor": _INK, "xtick.color": _INK, "ytick.color": _INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": _FAINT,
    "grid.linewidth": 0.4, "axes.axisbelow": True, "legend.frameon": False, "xtick.major.size": 0,
    "ytick.major.size": 0, "figure.facecolor": "none", "axes.facecolor": "none", "patch.linewidth": 0.0,
}  # fmt: skip


def colour(name: str) -> str:
    """Return the stand-in for one of the page's colours."""
    return _NAMED[name]


INK: Final = _INK


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for the page: its SVG, its title, and what it shows in words for those who cannot see it."""

    svg: str
    title: str
    told: str


def drawn(title: str, told: str, draw: Callable[[Axes], None], size: tuple[float, float] = (7.6, 2.9)) -> Picture:
    """Return a picture that ``draw`` puts on empty axes of a size in inches."""
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return Picture(_for_page(out.getvalue(), told), title, told)


def _for_page(svg: str, told: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r'<svg [^>]*?viewBox="([^"]+)"[^>]*>', rf'<svg viewBox="\1" role="img" aria-label="{escape(told)}">', svg
    )
    svg = svg.replace(_INK, "currentColor").replace(_FAINT, "var(--faint)")
    for name, stand_in in _NAMED.items():
        svg = svg.replace(stand_in, f"var(--{name})")
    return re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
