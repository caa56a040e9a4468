from __future__ import annotations

import msgspec
import pytest

from cases.example import example
from stanch.cases.trace_text import trace_json, trace_lines
from stanch.cases.view import TraceView


def test_json_reads_back_to_the_same_view() -> None:
    view = example()
    assert msgspec.json.decode(trace_json(view).encode(), type=TraceView) == view


def test_json_tells_what_became_of_the_money() -> None:
    assert msgspec.json.decode(trace_json(example()).encode())["parts"]["holdable"] == 18_301_000


def test_the_terminal_shows_what_can_be_held_before_the_accounts() -> None:
    text = "\n".join(trace_lines(example()))
    assert text.index("What can still be held") < text.index("Every account") < text.index("Where it left")
    assert "183,010.00 CNY" in text


@pytest.mark.parametrize(("language", "word"), [("en", "can still be held"), ("zh", "仍可止付")])
def test_the_terminal_speaks_the_language_of_the_view(language: str, word: str) -> None:
    assert word in "\n".join(trace_lines(example(language)))
