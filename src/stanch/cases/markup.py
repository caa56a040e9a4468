"""Pieces of a page in two languages: everything that comes from data is escaped here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from stanch.cases.words import en, zh
from stanch.model.money import format_money
from stanch.model.time import DAY, HOUR, MINUTE, SECOND, to_datetime

#: The colour of each part and way, by its name in the style.
TINTS: Final = {"held": "green", "delayed": "teal", "holdable": "amber", "untouched": "sand", "left": "red",
                "returned": "violet", "moved": "grey", "transfer": "slate", "cash": "red", "crypto": "red",
                "goods": "red", "unknown": "red"}  # fmt: skip
#: The colour of the state of an order.
STATES: Final = {"drafted": "amber", "approved": "teal", "overdue": "red", "in_force": "green", "done": "green",
                 "refused": "red", "declined": "red", "returned": "violet"}  # fmt: skip

_UNITS: Final = ((DAY, ("d", "天")), (HOUR, ("h", "小时")), (MINUTE, ("min", "分钟")), (SECOND, ("s", "秒")))


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def say(key: str, tag: str = "span", **values: str) -> Html:
    """Return a word or sentence in both languages, of which the page shows one; ``tag`` is ``tspan`` in a picture."""
    return both(en(key).format(**values), zh(key).format(**values), tag)


def told(key: str, english: Mapping[str, str], chinese: Mapping[str, str]) -> Html:
    """Return a sentence whose values differ by language."""
    return both(en(key).format(**english), zh(key).format(**chinese))


def both(english: str, chinese: str, tag: str = "span") -> Html:
    """Return a text given in both languages."""
    return Html(
        f'<{tag} class="en" lang="en">{escape(english)}</{tag}><{tag} class="zh" lang="zh">{escape(chinese)}</{tag}>'
    )


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = ()) -> Html:
    """Return a table; the columns named in ``right`` hold numbers, one in which nothing stands is left out."""
    shown = [place for place, _ in enumerate(columns) if not rows or any(row[place] not in (None, "") for row in rows)]
    columns, rows = [columns[place] for place in shown], [[row[place] for place in shown] for row in rows]
    number = [' class="number"' if column in right else "" for column in columns]
    head = "".join(f'<th scope="col"{kind}>{say(name)}</th>' for name, kind in zip(columns, number, strict=True))
    lines = ("".join(f"<td{kind}>{cell(value)}</td>" for value, kind in zip(row, number, strict=True)) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return Html(f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>')


def chip(text: Html, tint: str) -> Html:
    """Return a small coloured label."""
    return Html(f'<span class="chip" style="--tint:var(--{tint})">{text}</span>')


def cell(value: object) -> str:
    """Return one value as markup: nothing for None."""
    if isinstance(value, Html):
        return value
    return "" if value is None else escape(str(value))


def money(minor: int, currency: str) -> str:
    """Return an amount for people."""
    return format_money(minor, currency)


def interval(low: int, high: int, currency: str) -> str:
    """Return an amount that is known between two bounds."""
    if low == high:
        return money(low, currency)
    return f"{money(low, currency).removesuffix(f' {currency}')} – {money(high, currency)}"


def moment(micros: int, ahead: int) -> str:
    """Return a time as the reader's clock shows it; ``ahead`` is minutes before UTC."""
    return f"{to_datetime(micros + ahead * MINUTE):%Y-%m-%d %H:%M}"


def lasting(micros: int, language: str = "en") -> str:
    """Return a length of time in its two largest units: ``1 d 4 h``, ``12 min``, ``40 s``."""
    found, rest = [], max(micros, 0)
    for unit, names in _UNITS:
        whole, rest = divmod(rest, unit)
        if whole:
            found.append(f"{whole} {names[language == 'zh']}")
    return " ".join(found[:2]) or f"0 {_UNITS[2][1][language == 'zh']}"
