from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.model.columns import INDEX, MATRIX, NULL
from stanch.model.errors import StoreError
from stanch.store.blocks import decode_block, encode_block, encode_rows

NOBODY = np.zeros((0, 2), np.uint64)

small = st.integers(-300, 300)
extreme = st.sampled_from([NULL, NULL + 1, -1, 0, 1, 2**31, 2**63 - 1])
numbers = st.one_of(small, extreme)
strings = st.one_of(st.none(), st.text(max_size=8))
rows = st.lists(st.tuples(numbers, numbers, numbers, numbers, numbers, strings, st.binary(max_size=5)), min_size=1)


@settings(deadline=None, max_examples=80)
@given(rows)
def test_every_value_comes_back(events: list[tuple[int, int, int, int, int, str | None, bytes]]) -> None:
    names = ("amount", "as_of", "known_at", "happened_at", "seq")
    columns = {name: np.array([event[at] for event in events], np.int64) for at, name in enumerate(names)}
    texts = {
        "event_id": pa.array([event[5] for event in events], pa.string()),
        "text": pa.array([event[6] for event in events], pa.binary()),
    }
    block = decode_block(encode_block(columns | texts, NOBODY, []))
    matrix = block.matrix()
    for name in names:
        assert matrix[:, INDEX[name]].tolist() == columns[name].tolist()
    for name, sent in texts.items():
        kept = block.columns.get(name, pa.nulls(len(events), sent.type))
        kept.validate(full=True)
        assert kept.equals(sent)
    for name in names:
        alone = decode_block(encode_block(columns | texts, NOBODY, []), [name]).matrix()
        assert alone[:, INDEX[name]].tolist() == columns[name].tolist(), "a column can be read without the others"


@pytest.mark.parametrize("count", [1, 2, 33])
def test_rows_are_written_as_their_columns_and_stay_as_they_are(count: int) -> None:
    matrix = np.full((count, len(MATRIX)), NULL, np.int64)
    for name, first in {"seq": 7, "as_of": 900, "known_at": 880, "happened_at": 100, "amount": -5}.items():
        matrix[:, INDEX[name]] = first + 3 * np.arange(count)
    before, ids = matrix.copy(), {"event_id": pa.array([f"e{row}" for row in range(count)])}
    columns = {name: matrix[:, INDEX[name]] for name in MATRIX}
    assert encode_rows(matrix, ids, NOBODY, ["x"]) == encode_block(columns | ids, NOBODY, ["x"])
    assert (matrix == before).all()
    assert (decode_block(encode_rows(matrix, ids, NOBODY, [])).matrix() == before).all()


def test_a_slice_of_strings_keeps_its_own_rows() -> None:
    ids = pa.array(["drop", "a1", "b2", "c3", None]).slice(1, 3)
    block = decode_block(encode_block({"event_id": ids}, NOBODY, []))
    assert pa.array(block.columns["event_id"]).to_pylist() == ["a1", "b2", "c3"]


def test_empty_columns_are_left_out_and_read_as_null() -> None:
    nothing = np.full(3, NULL, np.int64)
    block = decode_block(
        encode_block({"seq": np.arange(3), "amount": nothing, "ref": pa.nulls(3, pa.string())}, NOBODY, [])
    )
    assert set(block.columns) == {"seq"}
    assert block.matrix().shape == (3, len(MATRIX))
    assert (block.matrix()[:, INDEX["amount"]] == NULL).all()


def test_only_wanted_columns_are_read_and_those_they_are_told_by() -> None:
    clock = np.arange(3) * 16
    columns = {"seq": np.arange(3), "as_of": clock, "known_at": clock + 5, "amount": clock}
    body = encode_block(columns | {"event_id": pa.array(["a", "b", "c"])}, NOBODY, [])
    assert set(decode_block(body, ["known_at"]).columns) == {"as_of", "known_at"}
    assert set(decode_block(body, ["event_id"]).columns) == {"event_id"}


def test_new_entities_and_words_travel_with_the_block() -> None:
    entities = np.random.default_rng(1).integers(0, 2**64, (5, 2), dtype=np.uint64)
    block = decode_block(encode_block({"seq": np.arange(2)}, entities, ["转账", "app"]))
    assert np.array_equal(block.new_entities, entities)
    assert block.new_symbols == ("转账", "app")


def test_a_rising_clock_costs_little() -> None:
    clock = 1_700_000_000_000_000 + np.arange(4096) * 16
    columns = {"seq": np.arange(4096), "as_of": clock, "known_at": clock, "happened_at": clock}
    assert len(encode_block(columns, NOBODY, [])) < 600


@pytest.mark.parametrize(
    "spoil", [lambda body: b"", lambda body: b"PAR1" + body[4:], lambda body: body[:9] + b"\xff\xff" + body[11:]]
)
def test_what_is_not_a_block_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    body = encode_block({"seq": np.arange(9)}, NOBODY, [])
    with pytest.raises(StoreError, match="restore"):
        decode_block(spoil(body))


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        encode_block({"seq": np.arange(2), "amount": np.arange(3)}, NOBODY, [])
