from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cli.conftest import Run
from small_events import event, write_events


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    file = tmp_path / "texts.ndjson"
    file.write_text(
        '{"id": "ad", "text": "长期收四*件*套，价高当面结，打13812345678"}\n{"id": "chat", "text": "今晚吃什么"}\n',
        encoding="utf-8",
    )
    return file


def test_texts_are_scored_for_programs_and_people(run: Run, texts: Path) -> None:
    code, out, err = run("text", "score", texts, "--json")
    ad, chat = (msgspec.json.decode(line) for line in out.splitlines())
    assert code == 0
    assert (ad["id"], ad["class"], chat["id"], chat["class"]) == ("ad", "trade", "chat", "ordinary")
    assert [term["written"] for term in ad["terms"]] == ["四*件*套"]
    assert ad["personal_data"] == {"phone": 1}
    assert "13812345678" not in out
    assert "2 texts scored, 0 lines left out" in err
    assert "13812345678" in run("text", "score", texts, "--json", "--clear")[1]
    code, out, _ = run("text", "score", texts)
    assert (code, "四件套" in out) == (0, True)


def test_broken_lines_are_named_and_the_others_scored(run: Run, texts: Path) -> None:
    texts.write_bytes(texts.read_bytes() + b'\xff\xff\n{"text": 3}\n{"text": "ok"}\n')
    code, out, err = run("text", "score", texts, "--json")
    assert code == 3
    assert len(out.splitlines()) == 3
    assert "line 3: neither UTF-8 nor GB18030" in err
    assert 'line 4: "text" is int' in err
    assert "2 lines could not be read" in err
    assert "Traceback" not in err


def test_a_text_too_long_is_scored_by_its_beginning_and_said_to_be(run: Run, texts: Path) -> None:
    texts.write_bytes(msgspec.json.encode({"text": "😂" * 300_000}))
    code, out, err = run("text", "score", texts, "--json")
    assert (code, msgspec.json.decode(out)["cut"], "line 1: only the first" in err) == (0, True, True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("score",), 2, "name the file to score"),
        (("score", "none.ndjson"), 3, "cannot be read"),
        (("train", "--out", "m.bin"), 2, "needs --data DIR"),
        (("train", "--data", "none"), 2, "name the file for the model"),
        (("train", "--data", "none", "--out", "m.bin"), 3, "no call_dialogs.jsonl.gz"),
        (("measure", "--data", "none"), 3, "no call_dialogs.jsonl.gz"),
        (("score", "none.ndjson", "--model", "none.bin"), 2, "cannot be read"),
        (("score", "none.ndjson", "--lexicon", "none.yaml"), 2, "cannot be read"),
    ],
)
def test_what_is_missing_is_said(run: Run, words: tuple[str, ...], code: int, told: str) -> None:
    found, _, err = run("text", *words)
    assert (found, told in err) == (code, True)
    assert "Traceback" not in err


def test_a_lexicon_with_an_everyday_word_and_no_context_is_refused(run: Run, texts: Path) -> None:
    lexicon = texts.with_suffix(".yaml")
    lexicon.write_text(
        "contexts: {}\nterms:\n  - {term: 跑分, kind: laundering, meaning: {zh: 甲, en: a}}\neveryday: [跑分]\n",
        encoding="utf-8",
    )
    code, _, err = run("text", "score", texts, "--lexicon", lexicon)
    assert (code, "is an everyday word and has no context" in err) == (2, True)


def test_the_text_of_an_event_is_explained_to_somebody_who_says_why(run: Run, tmp_path: Path) -> None:
    post = event("post", 0, "post", src="user:p/u", dst="place:f", text="长期收四件套，价高当面结，打13812345678")
    home = tmp_path / "home"
    assert run("replay", write_events(tmp_path / "events.parquet", [post]), "--home", home)[0] == 0
    code, out, _ = run("text", "explain", "--event", "post", "--home", home, "--actor", "me", "--json")
    told = msgspec.json.decode(out)
    assert (code, told["explained"]["class"], told["same"]) == (0, "trade", True)
    assert any("四件套" in word for word in told["explained"]["words"])
    assert "13812345678" not in out
    code, out, _ = run("text", "explain", "--event", "post", "--home", home, "--actor", "me")
    assert (code, "words that decided" in out) == (0, True)
    code, _, err = run("text", "explain", "--event", "post", "--home", home)
    assert (code, "who asks is kept" in err) == (2, True)
