"""Footprint: how many bytes the line needs for what it must remember, by part; told while it runs."""

from __future__ import annotations

from typing import Final

from stanch.engine.home import Home

#: About what one entry of plain data takes: a word with its code, an episode with its key.
_ENTRY: Final = 250


def state_bytes(home: Home) -> dict[str, int]:
    """Return the bytes of what the next decision may rest on, by part, as far as they are in use.

    Plain data (``words``, ``episodes``) is estimated by its number of entries; of arrays the bytes are told. Reads
    sizes alone, so that any thread may ask while the line goes on.
    """
    line, door = home.line, home.door
    return {
        "windows": line.observer.nbytes,
        "known_ids": door.known.nbytes + door.known.unsaved_nbytes,
        "ledger": line.funds.ledger.nbytes,
        "taint": sum(marks.nbytes for marks in line.funds.taint.marks),
        "entities": line.names.entities.nbytes,
        "holders": line.holders.nbytes,
        "births": line.audience.births.nbytes,
        "journal": line.journal.nbytes,
        "words": len(line.names.words) * _ENTRY,
        "episodes": len(line.desk) * _ENTRY,
    }
