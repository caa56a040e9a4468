"""Words: the vocabulary of all symbol columns of one intake, as codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.int32]
ABSENT = -1
_NO_WORDS = pa.array([], pa.string())


class Words:
    """Gives each word a small code, in order of first sight. One owner: the intake."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._words: list[str] = []
        self._array: pa.Array = pa.array([], pa.string())

    def code(self, word: str | None) -> int:
        """Return the code of a word, ``ABSENT`` for None."""
        if word is None:
            return ABSENT
        code = self._codes.get(word)
        if code is None:
            code = self._codes[word] = len(self._words)
            self._words.append(word)
        return code

    def word(self, code: int) -> str:
        """Return the word of a code."""
        return self._words[code]

    def codes(self, column: pa.Array) -> Codes:
        """Return the code of each value of a string or dictionary column; empty strings count as absent."""
        if column.null_count == len(column):
            return nothing(len(column))
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        table = np.fromiter(
            (self.code(word or None) for word in encoded.dictionary.to_pylist()), np.int32, len(encoded.dictionary)
        )
        return spread(table, encoded.indices)

    def decode(self, codes: pa.Array) -> pa.DictionaryArray:
        """Return int32 codes as a dictionary column that holds only the words in use, in order of first sight."""
        if codes.null_count == len(codes):
            return pa.DictionaryArray.from_arrays(pa.nulls(len(codes), pa.int32()), _NO_WORDS)
        self._grow()
        used = np.zeros(len(self._words) + 1, np.bool_)
        dense = codes.fill_null(ABSENT).to_numpy(zero_copy_only=False)
        used[dense] = True
        used[ABSENT] = False
        kept = np.flatnonzero(used)
        renumbered = np.full(len(used), ABSENT, np.int32)
        renumbered[kept] = np.arange(len(kept), dtype=np.int32)
        indices = pa.array(renumbered[dense], mask=dense == ABSENT)
        return pa.DictionaryArray.from_arrays(indices, self._array.take(pa.array(kept)))

    def _grow(self) -> None:
        new: Sequence[str] = self._words[len(self._array) :]
        if new:
            self._array = pa.concat_arrays([self._array, pa.array(new, pa.string())])


def nothing(rows: int) -> Codes:
    """Return a column of codes that is empty throughout."""
    return np.full(rows, ABSENT, np.int32)


def spread(table: npt.NDArray[np.int32], indices: pa.Array) -> Codes:
    """Return ``table[index]`` for each index, ``ABSENT`` where the index is null or the table is empty."""
    if not len(table):
        return nothing(len(indices))
    dense = pc.fill_null(indices, 0).to_numpy(zero_copy_only=False)
    spread_out: Codes = table[dense]
    if indices.null_count:
        spread_out[pc.is_null(indices).to_numpy(zero_copy_only=False)] = ABSENT
    return spread_out


def column_of(codes: npt.NDArray[np.int32]) -> pa.Array:
    """Return codes as an Arrow column with nulls."""
    return pa.array(codes, pa.int32(), mask=codes == ABSENT)


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a chunked column as one array."""
    dictionary = pa.types.is_dictionary(column.type)
    whole = column.unify_dictionaries().combine_chunks() if dictionary else column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
