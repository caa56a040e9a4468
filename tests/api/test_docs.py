"""The page about serving, held against a server."""

from __future__ import annotations

import json
import re
from pathlib import Path

from api.server import key_of, serving
from stanch.api.problems import TYPES

PAGE = (Path(__file__).parents[2] / "docs" / "serve.md").read_text("utf-8")
SOURCE = Path(__file__).parents[2] / "src" / "stanch"
FILES = (*(SOURCE / "api").glob("*.py"), SOURCE / "intake" / "arrow_streams.py")
CODE = "".join(path.read_text("utf-8") for path in FILES)


def test_the_event_on_the_page_gets_the_answer_on_the_page(tmp_path: Path) -> None:
    sent, answer = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    secret = key_of(tmp_path, "my_bank")
    with serving(tmp_path) as server, server.client(secret) as client:
        assert client.post("/v1/events", json=sent).json() == answer


def test_every_status_on_the_page_has_its_type_and_its_codes_are_in_the_code() -> None:
    rows = re.findall(r"^\| ([0-9, ]+) \| (`.*?) \|", PAGE, re.MULTILINE)
    assert len(rows) == 14
    for statuses, codes in rows:
        assert {int(status) for status in statuses.split(",")} <= set(TYPES)
        for code in re.findall(r"`(\w+)`", codes):
            assert f'"{code}"' in CODE, code
