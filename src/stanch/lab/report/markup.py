"""Pieces of the page: everything that comes from data is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from stanch.lab.report.axes import AHEAD
from stanch.lab.report.canvas import Picture
from stanch.lab.report.pictures import STEPS
from stanch.lab.spelling import spelled
from stanch.model.money import format_money
from stanch.model.time import to_datetime

_TINTS: Final = {"allow": "grey", **STEPS}


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table; numbers stand to the right, everything but ``Html`` is escaped."""
    right = [all(isinstance(row[at], int | float | None) for row in rows) and bool(rows) for at in range(len(columns))]
    head = "".join(
        f'<th scope="col"{_number(flag)}>{escape(name)}</th>' for name, flag in zip(columns, right, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{_number(flag)}>{_cell(value)}</td>" for value, flag in zip(row, right, strict=True))
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def figure(picture: Picture, caption: str) -> str:
    """Return a picture with what it shows."""
    below = f"<strong>{escape(picture.title)}.</strong> {escape(caption)}"
    return f"<figure>{picture.svg}<figcaption>{below}</figcaption></figure>"


def figures(facts: Sequence[tuple[str, str]]) -> str:
    """Return the large figures at the top: value and what it means."""
    return (
        '<div class="figures">'
        + "".join(f"<div><b>{escape(v)}</b><span>{escape(t)}</span></div>" for v, t in facts)
        + "</div>"
    )


def bar(parts: Sequence[tuple[str, int, str]]) -> str:
    """Return one bar of amounts in minor units with its key: name, amount, colour."""
    total = sum(amount for _, amount, _ in parts) or 1
    told = "; ".join(f"{name} {money(amount)}" for name, amount, _ in parts)
    pieces = "".join(
        f'<i style="width:{100 * amount / total:.2f}%;background:var(--{tint})"></i>' for _, amount, tint in parts
    )
    key = "".join(
        f'<li style="--tint:var(--{tint})">{escape(name)} {money(amount)} ({amount / total:.0%})</li>'
        for name, amount, tint in parts
    )
    return f'<div class="bar" role="img" aria-label="{escape(told)}">{pieces}</div><ul class="key">{key}</ul>'


def step(name: str) -> Html:
    """Return a step of the ladder in its colour."""
    return Html(f'<span class="step" style="--tint:var(--{_TINTS.get(name, "grey")})">{escape(name)}</span>')


def two_tongues(en: str, zh: str) -> Html:
    """Return a sentence in English and Chinese."""
    return Html(f'<p>{escape(en)}</p><p lang="zh">{escape(zh)}</p>')


def names(typologies: Sequence[str]) -> Html:
    """Return names of typologies that may be broken where their words end."""
    broken = (escape(name).replace(".", ".<wbr>").replace("_", "_<wbr>") for name in typologies)
    return Html(", ".join(f"<code>{name}</code>" for name in broken))


def tight(text: str) -> Html:
    """Return text that stays on one line."""
    return Html(f'<span class="tight">{escape(text)}</span>')


def money(minor: int) -> str:
    """Return an amount in whole CNY."""
    return format_money(minor, "CNY").split(".", maxsplit=1)[0] + " CNY"


def moment(micros: int) -> Html:
    """Return a time as the made-up country's clocks show it."""
    return tight(f"{to_datetime(micros + AHEAD):%a %d %b %H:%M}")


def share(value: float | None) -> str:
    """Return a share in percent, a dash for none."""
    return "–" if value is None else f"{value:.1%}"


def _number(flag: bool) -> str:
    return ' class="number"' if flag else ""


def _cell(value: object) -> str:
    return value if isinstance(value, Html) else escape(spelled(value))
