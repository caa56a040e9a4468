"""Ads, posts and messages of our own by family: templates filled in, some of them hidden as gangs hide them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from string import Formatter
from typing import Any, Final

import numpy as np

from stanch.lab.wording.hiding import decorated, hidden
from stanch.model.plain import plain_from_yaml

_FILE: Final = "families.yaml"
_SET_ASIDE: Final = "set_aside.yaml"
#: Of which share of the texts of a class words are hidden; honest senders decorate too, and hide nothing.
_HIDDEN: Final = {"scam": 0.35, "trade": 0.5, "advert": 0.0, "ordinary": 0.0}
_DECORATED: Final = {"scam": 0.1, "trade": 0.1, "advert": 0.2, "ordinary": 0.05}


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with its class, where it is from, and the group that stays on one side of every split."""

    text: str
    class_: str
    source: str
    group: str


def family_samples(seed: int, each: int) -> list[Sample]:
    """Return ``each`` texts of every template of every family; the same seed gives the same texts."""
    return _samples(_data(_FILE), seed, each, "families")


def set_aside_samples(seed: int, each: int) -> list[Sample]:
    """Return texts of the families that nothing is learned from and no choice is made by."""
    return _samples(_data(_FILE) | _data(_SET_ASIDE), seed, each, "set aside")


def _data(name: str) -> dict[str, Any]:
    data = plain_from_yaml(resources.files("stanch.lab.wording").joinpath(name).read_text(encoding="utf-8"), name)
    assert isinstance(data, dict)  # noqa: S101 our own file
    return data


def _samples(data: dict[str, Any], seed: int, each: int, source: str) -> list[Sample]:
    rng = np.random.default_rng(seed)
    samples: dict[str, Sample] = {}
    for family, body in data["families"].items():
        chinese = family.startswith("zh")
        for template in body["texts"]:
            for _ in range(each):
                text = _dressed(_filled(template, data["slots"], rng), body["class"], chinese, rng)
                samples.setdefault(text, Sample(text, body["class"], source, family))
    return list(samples.values())


def _dressed(text: str, class_: str, chinese: bool, rng: np.random.Generator) -> str:
    draw = rng.random()
    if draw < _HIDDEN[class_]:
        return hidden(text, chinese, rng)
    return decorated(text, rng) if draw < _HIDDEN[class_] + _DECORATED[class_] else text


def _filled(template: str, slots: dict[str, list[str]], rng: np.random.Generator) -> str:
    words = {name: _slot(name, slots, rng) for _, name, _, _ in Formatter().parse(template) if name}
    return template.format(**words)


def _slot(name: str, slots: dict[str, list[str]], rng: np.random.Generator) -> str:
    if name in slots:
        return str(rng.choice(np.asarray(slots[name])))
    if name[0] == "n":
        digits = int(name[1:])
        return str(rng.integers(10 ** (digits - 1), 10**digits))
    return {"c": _contact, "l": _link, "p": _phone, "h": _handle}[name](rng)


def _contact(rng: np.random.Generator) -> str:
    return (_phone, _messenger, _link, _landline)[int(rng.integers(4))](rng)


def _phone(rng: np.random.Generator) -> str:
    return f"1{rng.integers(3, 10)}{rng.integers(10**8, 10**9)}"


def _landline(rng: np.random.Generator) -> str:
    return f"0{rng.integers(20, 30)}-{rng.integers(2 * 10**7, 9 * 10**7)}"


def _messenger(rng: np.random.Generator) -> str:
    word = ("微信", "VX", "QQ", "V信", "v", "wx")[int(rng.integers(6))]
    name = rng.integers(10**7, 10**9) if word == "QQ" else _handle(rng)
    return f"{word}{(' ', ':', '：', '')[int(rng.integers(4))]}{name}"


def _handle(rng: np.random.Generator) -> str:
    letters = "".join(chr(ord("a") + int(place)) for place in rng.integers(0, 26, 4))
    return f"{letters}{('_', '', '')[int(rng.integers(3))]}{rng.integers(10, 9999)}"


def _link(rng: np.random.Generator) -> str:
    top = ("example", "top", "com", "cn", "info")[int(rng.integers(5))]
    letters = "".join(chr(ord("a") + int(place)) for place in rng.integers(0, 26, 6))
    return f"{('http://', 'https://', '')[int(rng.integers(3))]}{letters}.{top}/{rng.integers(10, 999)}"
