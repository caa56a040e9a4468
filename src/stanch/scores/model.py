"""A model as data: what it reads, its trees, its calibration, and the card that says where it comes from."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.model.compiled import compiled
from stanch.model.errors import ConfigError
from stanch.scores.definition import Definition, definition_from_plain, plain_definition
from stanch.scores.trees import Trees, parse_trees
from stanch.scores.walks import Cuts, cuts_of

FORMAT: Final = 1


@dataclass(frozen=True)
class Model:
    """A trained model. ``text`` are the trees in LightGBM's form; ``slope`` and ``offset`` turn raw scores into odds.

    ``card`` says what it was trained on, how it was measured and where its limits are; it decides nothing.
    """

    definition: Definition
    text: str
    slope: float
    offset: float
    card: Mapping[str, object]

    @cached_property
    def trees(self) -> Trees:
        """The trees as arrays. Raises ConfigError where the text cannot be read."""
        trees = parse_trees(self.text)
        if len(trees.feature) and trees.feature.max() >= len(self.definition.inputs):
            raise ConfigError(f"model {self.definition.id}: its trees read more inputs than its definition names")
        return trees

    @cached_property
    def cuts(self) -> Cuts:
        """The trees as they are asked for raw scores."""
        return cuts_of(self.trees, len(self.definition.inputs))

    @cached_property
    def hash(self) -> str:
        """SHA-256 over its canonical form."""
        return hashlib.sha256(write_model(self)).hexdigest()

    def calibrated(self, margins: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return scores (n,): of a million such events, how many are expected to be fraud."""
        return _expected(margins, self.slope, self.offset)


@compiled
def _expected(margins: npt.NDArray[np.float64], slope: float, offset: float) -> npt.NDArray[np.int64]:
    """One by one, so that a score is the same in every batch."""
    out = np.empty(margins.shape[0], dtype=np.int64)
    for n in range(margins.shape[0]):
        out[n] = round(1_000_000 / (1.0 + math.exp(min(max(-(slope * margins[n] + offset), -700.0), 700.0))))
    return out


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    definition: dict[str, object]
    slope: float
    offset: float
    card: dict[str, object]
    trees: str


def plain_model(model: Model) -> dict[str, object]:
    """Return plain data that ``model_from_plain`` reads back."""
    return {
        "format": FORMAT,
        "definition": plain_definition(model.definition),
        "slope": model.slope,
        "offset": model.offset,
        "card": dict(model.card),
        "trees": model.text,
    }


def write_model(model: Model) -> bytes:
    """Return the model as JSON; the same model always gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(plain_model(model)), indent=1) + b"\n"


def read_model(body: bytes, name: str) -> Model:
    """Read a model from JSON; ``name`` (of the file) is named in errors. Raises ConfigError."""
    try:
        return model_from_plain(msgspec.json.decode(body), name)
    except msgspec.DecodeError as error:
        raise ConfigError(f"{name}: not a model: {error}; train one with: stanch train") from None


def model_from_plain(data: object, name: str) -> Model:
    """Build a model from plain data. Raises ConfigError."""
    try:
        written = msgspec.convert(data, _Written)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: not a model: {error}; train one with: stanch train") from None
    if written.format != FORMAT:
        raise ConfigError(f"{name}: a model of format {written.format}; this version reads {FORMAT}; train it again")
    if not all(map(math.isfinite, (written.slope, written.offset))):
        raise ConfigError(f"{name}: slope and offset of the calibration must be finite; train it again")
    definition = definition_from_plain(written.definition, f"{name}: definition")
    model = Model(definition, written.trees, written.slope, written.offset, written.card)
    try:
        model.cuts  # noqa: B018 - reads them, so that a broken model is refused here and not in the line
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None
    return model
