from __future__ import annotations

from pathlib import Path

import pytest

from stanch.intake.submitted import BATCH, Broken, Submitted, read_texts
from stanch.model.errors import InputError


def read(tmp_path: Path, raw: bytes) -> list[Submitted | Broken]:
    file = tmp_path / "texts.ndjson"
    file.write_bytes(raw)
    return [line for batch in read_texts(file) for line in batch]


def test_each_line_is_read_in_its_own_encoding(tmp_path: Path) -> None:
    line = '{"id": 7, "text": "收四件套"}'
    lines = read(tmp_path, b"\xef\xbb\xbf" + line.encode() + b"\n\n" + line.encode("gb18030") + b"\n")
    assert lines == [Submitted(1, "7", "收四件套"), Submitted(3, "7", "收四件套")]


def test_a_text_without_id_has_its_line_for_a_name(tmp_path: Path) -> None:
    assert read(tmp_path, b'{"text": ""}') == [Submitted(1, "1", "")]


def test_null_bytes_and_halves_of_pairs_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, rb'{"text": "a\u0000b\ud800c"}') == [Submitted(1, "1", "a\0b\ufffdc")]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"\xff\xfe\xfa\n", "neither UTF-8 nor GB18030"),
        (b"nonsense", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'["a"]', 'no "text" in it'),
        (b'{"id": 1}', 'no "text" in it'),
        (b'{"text": 12}', '"text" is int'),
        (b'{"text": null}', '"text" is NoneType'),
        (b'{"text": "\x00', "no JSON"),
    ],
)
def test_a_broken_line_is_named_and_the_others_are_read(tmp_path: Path, raw: bytes, why: str) -> None:
    first, broken, last = read(tmp_path, b'{"text": "a"}\n' + raw.strip() + b'\n{"text": "b"}')
    assert (first, last) == (Submitted(1, "1", "a"), Submitted(3, "3", "b"))
    assert isinstance(broken, Broken)
    assert (broken.number, why in broken.why) == (2, True)


def test_no_line_is_lost_between_batches(tmp_path: Path) -> None:
    lines = read(tmp_path, b'{"text": "a"}\n' * (2 * BATCH + 1))
    assert [line.number for line in lines] == list(range(1, 2 * BATCH + 2))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        list(read_texts(tmp_path / "none.ndjson"))
