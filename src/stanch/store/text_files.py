"""The lexicon and the text model: those shipped in the package, or files of the operator."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from stanch.model.errors import ConfigError
from stanch.text.lexicon import Lexicon, parse_lexicon
from stanch.text.model import TextModel, read_model

_ROOM: Final = "stanch.text"


@cache
def shipped_lexicon() -> Lexicon:
    """Return the lexicon that comes with Stanch."""
    return parse_lexicon(files(_ROOM).joinpath("lexicon.yaml").read_text(encoding="utf-8"), "lexicon.yaml")


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
    return read_model(files(_ROOM).joinpath("model.bin").read_bytes(), "model.bin")


def model_of(path: Path) -> TextModel:
    """Return the text model of a file. Raises ConfigError where there is none or it is not one."""
    try:
        return read_model(path.read_bytes(), str(path))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); train one: stanch text train") from None
