"""Texts made ready to be scored: as the model reads them, with the terms and the facts that were found in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stanch.text.contacts import Match, matches_in
from stanch.text.evidence import Cues, Evidence, evidence_of
from stanch.text.folding import Codes
from stanch.text.lexicon import Hit, Lexicon
from stanch.text.masked import Masked, masked, together
from stanch.text.normal import LONGEST, Normal, normalise_all


@dataclass(frozen=True, slots=True)
class Read:
    """Texts and what was found in them; ``codes`` are the masked texts end to end, ``ends`` where each ends."""

    normals: list[Normal]
    contacts: list[list[Match]]
    masked: list[Masked]
    codes: Codes
    ends: npt.NDArray[np.int64]
    terms: list[tuple[Hit, ...]]
    facts: Evidence

    def code(self, index: int) -> Codes:
        """Return one masked text."""
        return self.codes[int(self.ends[index - 1]) if index else 0 : int(self.ends[index])]


def read_all(texts: Sequence[str], lexicon: Lexicon, cues: Cues) -> Read:
    """Return texts, read. Each is read alone."""
    together_read = normalise_all(texts)
    normals = [together_read.one(index) for index in range(len(texts))]
    contacts = [matches_in(text[:LONGEST], normal) for text, normal in zip(texts, normals, strict=True)]
    parts = [masked(normal, its) for normal, its in zip(normals, contacts, strict=True)]
    codes, ends = together(parts)
    hopeful = lexicon.hopeful(codes, ends)
    terms = [tuple(lexicon.find_in(part.normal)) if hope else () for part, hope in zip(parts, hopeful, strict=True)]
    return Read(normals, contacts, parts, codes, ends, terms, evidence_of(cues, parts, terms, codes, ends))
