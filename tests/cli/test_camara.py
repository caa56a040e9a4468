"""Answers of other operators, from a file into a home's log."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec

from api.server import key_of, serving
from cli.conftest import Run
from stanch.engine.camara import answered
from stanch.exchange.camara.operations import Caller

PAGE = (Path(__file__).parents[2] / "docs" / "telecom.md").read_text("utf-8")
(NOTED,) = (json.loads(block) for block in re.findall(r"```json\n(\{\"operation.*?)```", PAGE, re.DOTALL))
FREED = {**NOTED, "operation": "number-recycling/check", "answer": {"phoneNumberRecycled": True, "more": 1}}
REFUSED = {**NOTED, "status": 404, "answer": {"status": 404, "code": "IDENTIFIER_NOT_FOUND", "message": "no"}}


def noted(folder: Path, *lines: object) -> Path:
    file = folder / "answers.ndjson"
    file.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
    return file


def test_the_answer_on_the_page_is_known_once_it_was_replayed(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("camara", noted(tmp_path, NOTED, REFUSED), "--source", "operator_b")
    assert code == 0
    assert len(out.splitlines()) == 1
    events = tmp_path / "events.ndjson"
    events.write_text(out, "utf-8")
    for _ in range(2):  # the same answer again is the same event
        assert run("replay", events, "--home", tmp_path / "home")[0] == 0
    body = msgspec.json.encode({"phoneNumber": NOTED["phoneNumber"]})
    known = answered(tmp_path / "home", "sim-swap/retrieve-date", body, Caller(), source="operator_b")
    assert msgspec.json.decode(known.body) == NOTED["answer"]


def test_a_server_takes_them_under_the_institution_of_the_key(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("camara", noted(tmp_path, NOTED, FREED), "--source", "bank", "--live")
    assert (code, len(out.splitlines())) == (0, 2)
    key = key_of(tmp_path / "home", "bank", "decide")
    with serving(tmp_path / "home") as server, server.client(key) as client:
        told = client.post("/v1/events/batch", content=out, headers={"content-type": "application/x-ndjson"})
    assert [json.loads(line)["kind"] for line in told.text.splitlines()] == ["sim_swapped", "number_recycled"]


def test_a_line_that_cannot_be_read_is_named_and_the_others_are_used(run: Run, tmp_path: Path) -> None:
    lines = [
        b"{", b"[1]", {**NOTED, "extra": 1}, {**NOTED, "phoneNumber": "13800138001"}, {**NOTED, "answer": {}},
        {**NOTED, "operation": "sim-swap/guess"}, b"[" * 20_000, b"\xff", NOTED,
    ]  # fmt: skip
    code, out, err = run("camara", noted(tmp_path, *lines), "--source", "operator_b")
    assert code == 3
    assert len(out.splitlines()) == 1
    assert [int(number) for number in re.findall(r"^line (\d+):", err, re.MULTILINE)] == list(range(1, 9))
    assert "138001" not in err
    assert run("camara", tmp_path / "none", "--source", "operator_b")[0] == 3
