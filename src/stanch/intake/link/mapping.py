"""What a table of people or companies holds: which column is the name, the birth date, the document. YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from stanch.model.errors import ConfigError
from stanch.model.kinds import SURE
from stanch.model.plain import plain_from_yaml

#: What a column can be. ``id`` names the record; the others are compared.
ROLES: Final = (
    "id", "name", "given_name", "family_name", "birth_date", "document", "phone", "email", "address", "city",
)  # fmt: skip
#: Whom records can be about.
ENTITIES: Final = ("person", "company")


@dataclass(frozen=True, slots=True)
class LinkMap:
    """Columns by role, and how they are read.

    ``date`` is a strptime pattern, empty where dates are written year first. From the confidence ``propose_from``
    (0 to 1) on a pair is shown to a person. ``recall`` is the share of true pairs expected to agree on an identifier.
    """

    entity: str
    source: str
    columns: Mapping[str, str]
    date: str
    delimiter: str
    nulls: frozenset[str]
    propose_from: float
    recall: float


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    columns: dict[str, str]
    entity: str = "person"
    source: str = "link"
    date: str = ""
    delimiter: str = ","
    nulls: tuple[str, ...] = ("NULL", "null", "None", "N/A", "-", "无")
    propose_from: float = 0.3
    recall: float = 0.5


def load_link_map(path: Path) -> LinkMap:
    """Read a mapping from a file. Raises ConfigError with the key and the next step."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; name a mapping with --map") from None
    return parse_link_map(text, path.name)


def parse_link_map(text: str, name: str) -> LinkMap:
    """Read a mapping from YAML; ``name`` is named in errors. Raises ConfigError."""
    try:
        written = msgspec.convert(plain_from_yaml(text, name), _Written)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}; keys of a mapping: {', '.join(_Written.__struct_fields__)}") from None
    _check(written, name)
    return LinkMap(
        written.entity, written.source, written.columns, written.date, written.delimiter,
        frozenset({"", *written.nulls}), written.propose_from, written.recall,
    )  # fmt: skip


def _check(written: _Written, name: str) -> None:
    unknown = sorted(set(written.columns) - set(ROLES))
    if unknown:
        raise ConfigError(f"{name}: columns.{unknown[0]}: unknown role; known: {', '.join(ROLES)}")
    if "id" not in written.columns or len(written.columns) == 1:
        raise ConfigError(f"{name}: columns needs id, and at least one column to compare: {', '.join(ROLES[1:])}")
    if written.entity not in ENTITIES:
        raise ConfigError(f"{name}: unknown entity {written.entity!r}; known: {', '.join(ENTITIES)}")
    if ("given_name" in written.columns) != ("family_name" in written.columns) or {"name", "given_name"} <= set(
        written.columns
    ):
        raise ConfigError(f"{name}: columns: give name, or given_name and family_name together")
    if not 0 < written.propose_from <= SURE / 100:
        raise ConfigError(
            f"{name}: propose_from {written.propose_from} must be above 0 and at most {SURE / 100}: "
            "what is surer is a binding"
        )
    if not 0 < written.recall <= 1:
        raise ConfigError(f"{name}: recall {written.recall} must be above 0 and at most 1")
