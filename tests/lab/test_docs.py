from __future__ import annotations

from pathlib import Path

from stanch.lab.docs import typology_pages, write_typology_pages
from stanch.store.catalogue_files import load_shipped

PAGES = Path(__file__).parents[2] / "docs" / "typologies"


def test_the_pages_about_typologies_are_up_to_date() -> None:
    written = {page.name: page.read_text(encoding="utf-8") for page in PAGES.iterdir()}
    assert written == typology_pages(load_shipped()), "run stanch.lab.docs.write_typology_pages on docs/typologies"


def test_every_typology_has_its_entry(tmp_path: Path) -> None:
    catalogue = load_shipped()
    write_typology_pages(catalogue, tmp_path)
    text = "".join(page.read_text(encoding="utf-8") for page in tmp_path.iterdir())
    assert all(f"\n## {typology.id}\n" in text for typology in catalogue.typologies)
