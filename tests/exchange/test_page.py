from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from stanch.exchange.config import parse_config
from stanch.intake.mapping import parse_mapping

PAGE = (Path(__file__).parents[2] / "docs" / "exchange.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_examples_of_the_page_run() -> None:
    config, mapping = blocks("yaml")
    assert set(parse_config(config).institutions) == {"bank_a", "bank_b", "bank_c"}
    assert parse_mapping(mapping).columns
    names: dict[str, Any] = {}  # Any: whatever the example names
    for code in blocks("python"):
        exec(compile(code, "docs/exchange.md", "exec"), names)  # noqa: S102 it is our own page
    assert "verify" in names
