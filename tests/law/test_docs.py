"""The examples on the pages about law and orders run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["law.md", "orders.md"])
def test_the_examples_on_the_page_run(page: str) -> None:
    examples = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        exec(compile(example, page, "exec"), {})  # noqa: S102 - our own page


def test_the_page_names_every_pack_that_ships() -> None:
    packs = sorted(path.stem for path in (DOCS.parent / "src" / "stanch" / "law" / "packs").glob("*.yaml"))
    assert f": {', '.join(packs)}." in (DOCS / "law.md").read_text(encoding="utf-8")
