"""What a text in the log was scored for: opened for a purpose, and explained by what texts are scored with here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from stanch.engine.home import Home
from stanch.engine.inquiry import Asker
from stanch.intake.texts import open_text
from stanch.model.columns import INDEX, NULL, TEXT_SCORES
from stanch.model.errors import InputError
from stanch.model.time import DAY
from stanch.text.scoring import Scored

_COLUMNS: Final = ("event_id", "source", "kind", "known_at", "text", *TEXT_SCORES)


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text of the log: its event, what was stored when it was taken, and what explains it now.

    ``same`` says whether the model that explains gives the scores that were stored.
    """

    event_id: str
    source: str
    kind: str
    stored: dict[str, int]
    text: str
    found: Scored
    same: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    source: str
    kind: str
    known_at: int
    cipher: bytes | None
    stored: dict[str, int]


def read_text(home: Home, event_id: str, source: str | None, purpose: str, asker: Asker) -> ReadText:
    """Return the text of an event, explained. The opening is recorded with its purpose and actor.

    Raises InputError where there is no such event, more than one, no text that was scored, or no key of its day.
    """
    kept = _find(home, event_id, source)
    if kept.cipher is None or not kept.stored:
        raise InputError(
            f"event {event_id!r} ({kept.kind}) has no text that was scored; scored are public and submitted texts only"
        )
    key = home.vault.open_day(kept.known_at // DAY, purpose, asker.actor, asker.at)
    if key is None:
        raise InputError(f"the text of {event_id!r} can no longer be read: the key of its day was dropped")
    text = open_text(key, kept.cipher)
    found = home.scorer.explain([text])[0]
    now = {f"text_{name}": round(100 * found.scores[name]) for name in ("scam", "trade", "ordinary")}
    same = all(abs(kept.stored[name] - value) <= 1 for name, value in now.items())
    return ReadText(event_id, kept.source, kept.kind, kept.stored, text, found, same)


def _find(home: Home, event_id: str, source: str | None) -> _Kept:
    found = [kept for kept in _events(home, event_id) if source in (None, kept.source)]
    if not found:
        raise InputError(f"no event {event_id!r} in this log; check the id and the home")
    if len(found) > 1:
        named = ", ".join(sorted(kept.source for kept in found))
        raise InputError(f"event {event_id!r} is known of several sources; name one with --source: {named}")
    return found[0]


def _events(home: Home, event_id: str) -> list[_Kept]:
    home.finish()
    word = home.line.names.words.word
    found = []
    for entry in home.records.blocks(columns=_COLUMNS):
        columns = entry.block.columns
        rows = pc.indices_nonzero(pc.equal(columns["event_id"], event_id)).to_pylist()
        if not rows:
            continue
        matrix = entry.block.matrix()
        for row in rows:
            at = {name: int(matrix[row, INDEX[name]]) for name in ("source", "kind", "known_at", *TEXT_SCORES)}
            cipher = columns["text"][row].as_py() if "text" in columns else None
            stored = {name: at[name] for name in TEXT_SCORES if at[name] != NULL}
            found.append(_Kept(word(at["source"]) or "", word(at["kind"]) or "", at["known_at"], cipher, stored))
    return found
