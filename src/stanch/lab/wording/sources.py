"""Texts of other origin as samples: dialogs, messages in English and Chinese; read from a folder, never shipped."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow.parquet as pq

from stanch.lab.wording.families import Sample
from stanch.model.errors import InputError

DIALOGS: Final = "call_dialogs.jsonl.gz"
ENGLISH: Final = "messages_en.parquet"
CHINESE: Final = "messages_zh_ordinary.parquet"
_SOURCES: Final = (DIALOGS, ENGLISH, CHINESE)
#: Words of the first turns that tell what an ordinary call is about: calls of one kind stay together.
_TOPICS: Final = {
    "餐": "food", "外卖": "food", "预约": "booking", "交通": "way", "路线": "way", "出行": "ride", "打车": "ride",
    "客服": "service", "光临": "shop", "购物": "shop", "商品": "shop",
}  # fmt: skip
_TURNS: Final = (1, 4)
_DIGITS: Final = re.compile(r"[\d\s\W]+")


class _Dialog(msgspec.Struct):
    label: str
    category: str
    caller: list[str]
    callee: list[str]


def read_sources(folder: Path, seed: int) -> list[Sample]:
    """Return the samples of the files in a folder. Raises InputError where one is missing."""
    missing = [name for name in _SOURCES if not (folder / name).is_file()]
    if missing:
        raise InputError(f"{folder}: no {', '.join(missing)}; docs/text.md says where the texts come from")
    rng = np.random.default_rng(seed)
    return [*_dialogs(folder / DIALOGS, rng), *_english(folder / ENGLISH), *_chinese(folder / CHINESE)]


def _dialogs(path: Path, rng: np.random.Generator) -> list[Sample]:
    """Return each dialog once: a third whole, the others as a few turns of it, which is what people submit."""
    with gzip.open(path) as lines:
        dialogs = [msgspec.json.decode(line, type=_Dialog) for line in lines]
    samples: dict[str, Sample] = {}
    for dialog in dialogs:
        class_ = "scam" if dialog.label == "fraud" else "ordinary"
        text = "\n".join(_piece(_turns(dialog), rng))
        samples.setdefault(text, Sample(text, class_, "dialogs", dialog.category or f"ordinary {_topic(dialog)}"))
    return [sample for text, sample in samples.items() if text]


def _turns(dialog: _Dialog) -> list[str]:
    pairs = [turn for pair in zip(dialog.caller, dialog.callee, strict=False) for turn in pair]
    return [*pairs, *dialog.caller[len(dialog.callee) :]]


def _piece(turns: list[str], rng: np.random.Generator) -> list[str]:
    if rng.random() < 1 / 3:
        return turns
    start = int(rng.integers(max(1, len(turns) - 1)))
    return turns[start : start + int(rng.integers(*_TURNS))]


def _topic(dialog: _Dialog) -> str:
    opening = "".join(dialog.caller[:2])
    return next((topic for word, topic in _TOPICS.items() if word in opening), "other")


def _english(path: Path) -> list[Sample]:
    rows = pq.read_table(path).to_pylist()
    unique = {row["text"]: "advert" if row["label"] == "spam" else "ordinary" for row in rows}
    return [Sample(text, class_, "messages_en", _alike(text)) for text, class_ in unique.items()]


def _chinese(path: Path) -> list[Sample]:
    texts = dict.fromkeys(row["text"] for row in pq.read_table(path).to_pylist() if row["text"])
    return [Sample(text, "ordinary", "messages_zh", _alike(text)) for text in texts]


def _alike(text: str) -> str:
    """Return the same group for messages that differ in numbers and signs only."""
    return _DIGITS.sub("", text)[:24].lower()
