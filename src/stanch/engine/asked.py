"""Asked: acts about the rules that other processes want of the line that has a home open, answered between batches."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from stanch.engine import changes
from stanch.engine.changes import Said
from stanch.engine.home import Home
from stanch.engine.rules import read_rules
from stanch.model.errors import ConfigError, InputError, StanchError
from stanch.store.layout import ASKED

_PAUSE: Final = 0.1  # seconds between two looks for an answer


class Asked(msgspec.Struct, frozen=True):
    """What a person asks for; ``body`` are the rules that are proposed. The file is readable by its owner only."""

    act: str
    by: str
    at: int
    reason: str
    version: str = ""
    body: str = ""


class Answer(msgspec.Struct, frozen=True):
    """The version that the act was about, or why it was refused."""

    version: str = ""
    refused: str = ""


def ask(home: Path, asked: Asked) -> Path:
    """Lay a request down for the line that has the home open; return its file."""
    folder = home / ASKED
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{time.time_ns():020d}-{os.getpid()}.json"
    _put(path, msgspec.json.encode(asked))
    return path


def answer_of(path: Path, patience: float) -> Answer | None:
    """Wait some seconds for the answer to a request and take it away; None while there is none."""
    answered, until = path.with_suffix(".answer"), time.monotonic() + patience
    while not answered.exists():
        if time.monotonic() > until:
            return None
        time.sleep(_PAUSE)
    answer = msgspec.json.decode(answered.read_bytes(), type=Answer)
    answered.unlink()
    return answer


def answer_all(home: Home) -> None:
    """Do what was asked for, oldest first; what is refused is answered too, and the line goes on.

    What fails otherwise is answered and not tried again, and its error goes on to who runs the line.
    """
    folder = home.path / ASKED
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            answer = _answered(home, path)
        except Exception as error:
            reason = str(error) if isinstance(error, StanchError) else type(error).__name__
            _put_answer(path, Answer(refused=f"the line failed at it: {reason}; stanch rules list shows what holds"))
            raise
        _put_answer(path, answer)


def _answered(home: Home, path: Path) -> Answer:
    try:
        return Answer(done(home, msgspec.json.decode(path.read_bytes(), type=Asked)))
    except (InputError, ConfigError) as error:
        return Answer(refused=str(error))
    except msgspec.MsgspecError as error:
        return Answer(refused=f"the request cannot be read: {error}")


def _put_answer(path: Path, answer: Answer) -> None:
    _put(path.with_suffix(".answer"), msgspec.json.encode(answer))
    path.unlink()


def done(home: Home, asked: Asked) -> str:
    """Do what a person asks for; return the version that it was about. Raises InputError or ConfigError."""
    said = Said(asked.by, asked.at, asked.reason)
    if asked.act == "propose":
        return changes.propose(home, read_rules(asked.body), said)
    if asked.act == "end_shadow":
        return changes.end_shadow(home, said)
    if asked.act not in _ACTS:
        raise InputError(f"unknown act {asked.act!r}; known: propose, end_shadow, {', '.join(_ACTS)}")
    return _ACTS[asked.act](home, asked.version, said)


_ACTS: Final[Mapping[str, Callable[[Home, str, Said], str]]] = {
    "approve": changes.approve,
    "rollback": changes.roll_back,
    "shadow": changes.shadow,
}


def _put(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(".unfinished")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    unfinished.replace(path)
