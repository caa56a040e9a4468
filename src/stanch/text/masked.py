"""Texts as the model reads them: in normal form, each contact as one sign, so that what counts is that one is given.

Contacts that intake has replaced by tokens (``⟨phone:...⟩``) become the same signs: a text scores alike before and
after it was taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.text.contacts import Match
from stanch.text.folding import Codes, codes_of
from stanch.text.normal import Normal

#: The signs that stand for contacts, by the scheme that intake names them in: private code points.
SIGNS: Final = {"phone": "\uf001", "account": "\uf002", "domain": "\uf003", "contact": "\uf004"}
#: Long numbers are accounts from so many digits on.
_ACCOUNT: Final = 13
_TOKEN: Final = re.compile(rf"⟨({'|'.join(SIGNS)}):[0-9a-f]{{1,12}}⟩")


@dataclass(frozen=True, slots=True)
class Masked:
    """One text as the model reads it; ``signs`` are those of ``SIGNS`` that stand in it."""

    normal: Normal
    signs: frozenset[str]


def masked(normal: Normal, contacts: Sequence[Match]) -> Masked:
    """Return a text, whose normal form and contacts are known, as the model reads it."""
    found = sorted(_stretches(normal, contacts))
    if not found:
        return Masked(normal, frozenset())
    parts: list[str] = []
    starts: list[slice] = []
    stops: list[slice] = []
    done = 0
    for start, stop, sign in found:
        parts += [normal.text[done:start], sign]
        starts += [slice(done, start), slice(start, start + 1)]
        stops += [slice(done, start), slice(stop - 1, stop)]
        done = stop
    rest = slice(done, len(normal.text))
    where = [np.concatenate([array[part] for part in (*parts_, rest)])
             for array, parts_ in ((normal.starts, starts), (normal.stops, stops))]  # fmt: skip
    text = "".join((*parts, normal.text[rest]))
    return Masked(Normal(text, where[0], where[1], normal.undone, normal.cut), frozenset(sign for *_, sign in found))


def together(texts: Sequence[Masked]) -> tuple[Codes, npt.NDArray[np.int64]]:
    """Return masked texts end to end, and where each ends."""
    lengths = np.fromiter((len(text.normal.text) for text in texts), np.int64, len(texts))
    return codes_of("".join(text.normal.text for text in texts)), np.cumsum(lengths, dtype=np.int64)


def _stretches(normal: Normal, contacts: Sequence[Match]) -> Iterator[tuple[int, int, str]]:
    """Yield (start, stop, sign) of tokens and contacts in the normal form, none within another."""
    tokens = [match.span() for match in _TOKEN.finditer(normal.text)] if "⟨" in normal.text else []
    for start, stop in tokens:
        yield start, stop, SIGNS[normal.text[start + 1 : normal.text.index(":", start)]]
    for match in contacts:
        start, stop = match.span()
        if not any(start < last and first < stop for first, last in tokens):
            yield start, stop, SIGNS[_scheme(match.kind, match.normalised)]


def _scheme(kind: str, value: str) -> str:
    if kind == "link":
        return "domain"
    if kind == "number":
        return "account" if len(value) >= _ACCOUNT and not value.startswith("+") else "contact"
    return kind if kind == "phone" else "contact"
