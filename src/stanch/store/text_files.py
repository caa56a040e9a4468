"""The lexicon and the text model: those shipped in the package, or files of the operator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from stanch.model.errors import ConfigError
from stanch.text.lexicon import Lexicon, parse_lexicon
from stanch.text.model import TextModel, read_model
from stanch.text.scoring import Scorer

_ROOM: Final = "stanch.text"
#: What a home's own model and lexicon are called; they take the place of the shipped ones.
MODEL: Final = "text-model.bin"
LEXICON: Final = "text-lexicon.yaml"


@dataclass(frozen=True, slots=True)
class Reading:
    """What texts are scored with: a name of its content, and a way to have it, which reads the files only once."""

    hash: str
    scorer: Callable[[], Scorer]


def reading_of(home: Path) -> Reading:
    """Return what the texts of a home are scored with: its own model and lexicon, else those that come with Stanch.

    Raises ConfigError where its own files are wrong.
    """
    model, lexicon = home / MODEL, home / LEXICON
    if not model.is_file() and not lexicon.is_file():
        return Reading(_shipped_hash(), shipped_scorer)
    own = Scorer(
        model_of(model) if model.is_file() else shipped_model(),
        lexicon_of(lexicon) if lexicon.is_file() else shipped_lexicon(),
    )
    chosen = zip((model, lexicon), _raws(), strict=True)
    return Reading(_hash(*(path.read_bytes() if path.is_file() else raw for path, raw in chosen)), lambda: own)


@cache
def shipped_scorer() -> Scorer:
    """Return the model and the lexicon that come with Stanch, ready to score."""
    return Scorer(shipped_model(), shipped_lexicon())


@cache
def shipped_lexicon() -> Lexicon:
    """Return the lexicon that comes with Stanch."""
    return parse_lexicon(_raws()[1].decode(), "lexicon.yaml")


def lexicon_of(path: Path) -> Lexicon:
    """Return the lexicon of a file. Raises ConfigError where there is none or it is wrong."""
    try:
        return parse_lexicon(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name an existing lexicon") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8; save the file as UTF-8") from None


@cache
def shipped_model() -> TextModel:
    """Return the text model that comes with Stanch."""
    return read_model(_raws()[0], "model.bin")


def model_of(path: Path) -> TextModel:
    """Return the text model of a file. Raises ConfigError where there is none or it is not one."""
    try:
        return read_model(path.read_bytes(), str(path))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); train one: stanch text train") from None


def _raws() -> tuple[bytes, bytes]:
    room = files(_ROOM)
    return room.joinpath("model.bin").read_bytes(), room.joinpath("lexicon.yaml").read_bytes()


@cache
def _shipped_hash() -> str:
    return _hash(*_raws())


def _hash(model: bytes, lexicon: bytes) -> str:
    """Return SHA-256 over a model and a lexicon."""
    return hashlib.sha256(hashlib.sha256(model).digest() + hashlib.sha256(lexicon).digest()).hexdigest()
