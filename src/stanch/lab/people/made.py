"""Made-up records of people: each kept several times, by desks that spell, mistype, transliterate and leave out.

Nobody in them exists. The same seed gives the same records.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np

#: Columns of a file of made-up records; ``truth`` says whose record it is and is never mapped.
COLUMNS: Final = ("id", "name", "born", "document", "phone", "email", "city", "truth")

_FAMILY: Final = {
    "王": "Wang", "李": "Li", "张": "Zhang", "刘": "Liu", "陈": "Chen", "杨": "Yang", "赵": "Zhao", "黄": "Huang",
    "周": "Zhou", "吴": "Wu", "徐": "Xu", "孙": "Sun", "马": "Ma", "朱": "Zhu", "胡": "Hu", "郭": "Guo", "林": "Lin",
    "何": "He", "欧阳": "Ouyang", "吕": "Lü",
}  # fmt: skip
_GIVEN: Final = {
    "伟": "wei", "芳": "fang", "娜": "na", "敏": "min", "静": "jing", "丽": "li", "强": "qiang", "磊": "lei",
    "军": "jun", "洋": "yang", "勇": "yong", "艳": "yan", "杰": "jie", "涛": "tao", "明": "ming", "超": "chao",
    "霞": "xia", "平": "ping", "刚": "gang", "桂": "gui", "玉": "yu", "华": "hua", "文": "wen", "建": "jian",
}  # fmt: skip
#: Traditional forms, as a desk in Hong Kong or Taiwan writes them.
_TRADITIONAL: Final = str.maketrans(
    "张刘陈杨赵黄吴孙马欧阳吕伟丽强军勇艳杰涛刚华", "張劉陳楊趙黃吳孫馬歐陽呂偉麗強軍勇艷傑濤剛華"
)
_CITIES: Final = ("成都", "绵阳", "重庆", "西安", "昆明", "贵阳", "武汉", "长沙", "广州", "深圳")
_BORN: Final = (date(1940, 1, 1), date(2008, 1, 1))
_FIRST_PHONE: Final = 13_000_000_000


@dataclass(frozen=True, slots=True)
class Errors:
    """How often a desk does otherwise, as shares: start values, chosen by us."""

    traditional: float = 0.1
    letters: float = 0.15
    slip: float = 0.08
    left_out: float = 0.2
    moved: float = 0.15


@dataclass(frozen=True, slots=True)
class Plan:
    """How many people there are, and how many records each has at most."""

    people: int = 200
    most: int = 5
    errors: Errors = field(default_factory=Errors)


Row = dict[str, str]


def made_records(plan: Plan, seed: int) -> list[Row]:
    """Return made-up records in no order, with the truth beside them."""
    rng = np.random.default_rng(seed)
    rows = [row for person in range(plan.people) for row in _records_of(plan, person, rng)]
    order = rng.permutation(len(rows))
    return [{"id": f"R{place:06d}", **rows[at]} for place, at in enumerate(order.tolist())]


def write_records(path: Path, rows: list[Row], columns: tuple[str, ...] = COLUMNS) -> Path:
    """Write records as CSV and return the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _records_of(plan: Plan, person: int, rng: np.random.Generator) -> list[Row]:
    true = _person(rng)
    count = int(rng.integers(1, plan.most + 1))
    return [{**_kept(true, plan.errors, rng), "truth": str(person)} for _ in range(count)]


def _person(rng: np.random.Generator) -> Row:
    family = str(rng.choice(list(_FAMILY)))
    given = "".join(rng.choice(list(_GIVEN), int(rng.integers(1, 3))).tolist())
    born = _BORN[0] + timedelta(days=int(rng.integers((_BORN[1] - _BORN[0]).days)))
    number = int(rng.integers(10**8))
    return {
        "family": family, "given": given, "born": born.isoformat(), "document": f"E{number:08d}",
        "phone": str(_FIRST_PHONE + int(rng.integers(10**9))), "city": str(rng.choice(_CITIES)),
        "email": f"{_letters(family, given).replace(' ', '').lower()}{number % 1000:03d}@example.org",
    }  # fmt: skip


def _kept(true: Row, errors: Errors, rng: np.random.Generator) -> Row:
    """Return one record of a person, as a desk keeps it."""
    row = {"name": _written(true, errors, rng)}
    for column in ("born", "document", "phone", "email", "city"):
        value = true[column]
        if rng.random() < errors.slip:
            value = _slipped(value, rng) if column != "born" else _other_day(value, rng)
        if column in ("phone", "city") and rng.random() < errors.moved:
            value = str(rng.choice(_CITIES)) if column == "city" else str(_FIRST_PHONE + int(rng.integers(10**9)))
        row[column] = "" if rng.random() < errors.left_out else value
    return row


def _written(true: Row, errors: Errors, rng: np.random.Generator) -> str:
    way = rng.random()
    if way < errors.letters:
        letters = _letters(true["family"], true["given"])
        return letters if rng.random() < 0.5 else " ".join(reversed(letters.split()))
    name = true["family"] + true["given"]
    return name.translate(_TRADITIONAL) if way < errors.letters + errors.traditional else name


def _letters(family: str, given: str) -> str:
    return f"{_FAMILY[family]} {''.join(_GIVEN[each] for each in given).capitalize()}"


def _slipped(text: str, rng: np.random.Generator) -> str:
    """Exchange two neighbours, or write one character twice."""
    at = int(rng.integers(len(text) - 1)) if len(text) > 1 else 0
    if rng.random() < 0.5:
        return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    return text[: at + 1] + text[at:]


def _other_day(text: str, rng: np.random.Generator) -> str:
    return (date.fromisoformat(text) + timedelta(days=int(rng.choice((-10, -1, 1, 9, 30, 365))))).isoformat()
