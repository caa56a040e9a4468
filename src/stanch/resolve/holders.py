"""Who is behind src and dst: holder, bound card and employer, as earlier events stated them.

A later statement replaces an earlier one. A person or company is its own holder, a card its own card. One who was
bound to another (the same person under two records) is told as that other one, until bound to itself again. A binding
that is not sure enough teaches nothing. The columns are written before the event itself is learned from, so that an
event never explains itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.model.columns import INDEX, NULL
from stanch.model.compiled import inlined, kernel
from stanch.model.kinds import KINDS, SURE

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]

#: What is remembered of an entity: its holder, the card bound to it, its employer, the same person's other record.
_FACTS: Final = 4
_HOLDER, _CARD, _EMPLOYER, _SAME = range(_FACTS)

#: Read: who acts and receives, and what kind they are. Written: who is behind them, src before dst.
_COLUMNS: Final = (
    "src", "dst", "src_kind", "dst_kind",
    "src_person", "dst_person", "src_card", "dst_card", "src_employer", "dst_employer", "number",
)  # fmt: skip

_NOBODY: Final = -1

#: Kind -> what it states: (fact, role that it is about, role that holds the value, or "" to forget).
STATEMENTS: Final[dict[str, tuple[tuple[int, str, str], ...]]] = {
    "card_issued": ((_HOLDER, "dst", "holder"),),
    "iot_sold": ((_HOLDER, "dst", "holder"),),
    "account_opened": ((_HOLDER, "dst", "holder"),),
    "user_registered": ((_HOLDER, "dst", "holder"),),
    "recertified": ((_HOLDER, "dst", "holder"),),
    "bound": ((_CARD, "dst", "src"),),
    "employed": ((_EMPLOYER, "src", "dst"), (_EMPLOYER, "holder", "dst"), (_HOLDER, "src", "holder")),
    "number_recycled": ((_HOLDER, "dst", ""),),
}

_PERSONS: Final = ("person", "company")
_CARDS: Final = ("card", "iot_card")


@inlined
def _first(known: Codes, person: int) -> int:
    """Follow bindings between records of one person to the record that stands for all of them."""
    while known[person, 3] >= 0:
        person = int(known[person, 3])
    return person


@inlined
def _join(known: Codes, src: int, dst: int) -> None:
    """Let ``src`` stand for ``dst``; one bound to itself stands for itself again. No circle is ever made."""
    if src == dst:
        known[dst, 3] = -1
    elif _first(known, src) != _first(known, dst):
        known[_first(known, dst), 3] = src


@inlined
def _is_person(word: int, types: Ints) -> bool:
    """Tell whether the word of an entity kind names persons or companies."""
    return bool(word != NULL and word < types.shape[0] and types[word] == 1)


@kernel
def _resolve(rows: Ints, kinds: Ints, known: Codes, statements: Ints, starts: Ints, types: Ints, columns: Ints) -> None:
    """Fill the resolved columns of each row, then learn what the row states.

    ``columns``: src, dst, src_kind, dst_kind, then the six resolved columns, src before dst, then the number.
    """
    for r in range(rows.shape[0]):
        row = rows[r]
        for side in range(2):
            entity = row[columns[side]]
            holder, card, employer = NULL, NULL, NULL
            if entity != NULL:
                word = row[columns[2 + side]]
                if word != NULL and word < types.shape[0]:
                    holder = entity if types[word] == 1 else NULL
                    card = entity if types[word] == 2 else NULL
                if holder == NULL and known[entity, 0] >= 0:
                    holder = int(known[entity, 0])
                if card == NULL and known[entity, 1] >= 0:
                    card = int(known[entity, 1])
                first = holder if holder == NULL else _first(known, holder)
                if known[entity, 2] >= 0:
                    employer = int(known[entity, 2])
                elif holder != NULL and known[holder, 2] >= 0:
                    employer = int(known[holder, 2])
                elif first != NULL and known[first, 2] >= 0:
                    employer = int(known[first, 2])
                holder = first
            row[columns[4 + side]] = holder
            row[columns[6 + side]] = card
            row[columns[8 + side]] = employer
        kind = kinds[r]
        for s in range(starts[kind], starts[kind + 1]):
            about = row[statements[s, 1]]
            if about == NULL:
                continue
            if statements[s, 2] < 0:
                known[about, statements[s, 0]] = -1
            elif row[statements[s, 2]] == NULL:
                continue
            elif statements[s, 0] != 1:
                known[about, statements[s, 0]] = row[statements[s, 2]]
            elif row[columns[10]] == NULL or row[columns[10]] >= SURE:
                src = _is_person(row[columns[2]], types)
                if src and _is_person(row[columns[3]], types):
                    _join(known, row[statements[s, 2]], about)
                elif not src and not _is_person(row[columns[3]], types):
                    known[about, 1] = row[statements[s, 2]]


class Holders:
    """The owner of what is known about who is behind whom."""

    def __init__(self, word: Callable[[str], int]) -> None:
        self._known: Codes = np.full((1, _FACTS), _NOBODY, dtype=np.int32)
        self._statements, self._starts = _statements()
        kinds = {**{word(kind): 1 for kind in _PERSONS}, **{word(kind): 2 for kind in _CARDS}}
        self._types = np.zeros(max(kinds) + 1, dtype=np.int64)
        for code, type_ in kinds.items():
            self._types[code] = type_
        self._columns = np.array([INDEX[name] for name in _COLUMNS], dtype=np.int64)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._known.nbytes

    def resolve(self, rows: Ints, kinds: Ints, entities: int) -> None:
        """Write the resolved columns of rows (n, columns) in log order, and learn from each row in turn."""
        if entities > len(self._known):
            more = np.full((max(entities, len(self._known) * 3 // 2), _FACTS), _NOBODY, dtype=np.int32)
            more[: len(self._known)] = self._known
            self._known = more
        _resolve(rows, kinds, self._known, self._statements, self._starts, self._types, self._columns)

    def holder(self, entity: int) -> int:
        """Return who was last stated to hold an entity, NULL where nobody was."""
        found = int(self._known[entity, _HOLDER]) if entity < len(self._known) else _NOBODY
        return NULL if found == _NOBODY else int(_first(self._known, found))

    def save(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return what is known as named arrays."""
        return {"known": self._known}

    def load(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take over what was saved, also by a version that remembered fewer facts."""
        saved = arrays["known"]
        self._known = np.full((len(saved), _FACTS), _NOBODY, dtype=np.int32)
        self._known[:, : saved.shape[1]] = saved


def _statements() -> tuple[Ints, Ints]:
    rows: list[tuple[int, int, int]] = []
    starts = [0]
    for kind in KINDS:
        for fact, about, value in STATEMENTS.get(kind, ()):
            rows.append((fact, INDEX[about], INDEX[value] if value else -1))
        starts.append(len(rows))
    return np.array(rows, dtype=np.int64), np.array(starts, dtype=np.int64)
