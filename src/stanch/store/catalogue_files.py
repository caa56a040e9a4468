"""Typology files: those shipped in the package, and those of a folder."""

from __future__ import annotations

from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from stanch.model.errors import ConfigError
from stanch.model.faults import all_or_faults
from stanch.typologies.catalogue import Catalogue, make_catalogue
from stanch.typologies.definition import SECTORS, Typology, parse_typology


@cache
def load_shipped() -> Catalogue:
    """Return the catalogue that comes with Stanch."""
    return _load(files("stanch.typologies"))


def load_folder(folder: Path) -> Catalogue:
    """Return the catalogue of a folder with a subfolder for each sector.

    Raises ConfigError where there is no typology in it, and one about all the files that are wrong: those that cannot
    be read as a typology, or are not named after its id.
    """
    if not folder.is_dir():
        raise ConfigError(f"no folder of typologies at {folder}; expected {', '.join(SECTORS)} with YAML files")
    catalogue = _load(folder)
    if not catalogue.typologies:
        raise ConfigError(f"no typology in {folder}; expected {folder}/{SECTORS[0]}/<name>.yaml")
    return catalogue


def _load(root: Traversable) -> Catalogue:
    sectors = [root / sector for sector in SECTORS]
    found = [(sector.name, entry) for sector in sectors if sector.is_dir() for entry in sector.iterdir()]
    written = [(sector, entry) for sector, entry in found if entry.name.endswith(".yaml")]
    return make_catalogue(all_or_faults(partial(_read, sector, entry) for sector, entry in written))


def _read(sector: str, entry: Traversable) -> Typology:
    name = f"{sector}/{entry.name}"
    try:
        text = entry.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{name}: not UTF-8; save the file as UTF-8") from None
    typology = parse_typology(text, name)
    expected = f"{sector}.{entry.name.removesuffix('.yaml')}"
    if typology.id != expected:
        raise ConfigError(f"{name}: id is {typology.id!r}, but the file's place says {expected!r}; rename one")
    return typology
