"""Streams that unfold to far more than they weigh."""

from __future__ import annotations

import io
import random

import numpy as np
import pyarrow as pa
import pytest

from api.conftest import House
from stanch.api.bodies import ARROW
from stanch.api.unfolding import unfolded_bytes


def stream_of(table: pa.Table, compression: str | None) -> bytes:
    made = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(made, table.schema, options=options) as stream:
        stream.write_table(table)
    return made.getvalue()


def words(rows: int) -> pa.Table:
    return pa.table({"event_id": ["x" * 1000] * rows, "source": pa.array(["u", "v"] * (rows // 2)).dictionary_encode()})


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_a_compressed_stream_says_how_far_it_unfolds(compression: str) -> None:
    table = words(10_000)
    told = unfolded_bytes(stream_of(table, compression))
    assert table.nbytes <= told <= table.nbytes + 1000
    assert unfolded_bytes(stream_of(table, None)) == 0


def test_a_stream_that_unfolds_without_measure_is_refused_before_it_does(house: House) -> None:
    bomb = stream_of(words(60_000), "zstd")
    assert len(bomb) < 1_000_000
    with house.server.client(house.bank) as client:
        told = client.post("/v1/events/batch", content=bomb, headers={"content-type": ARROW.decode()})
    assert (told.status_code, told.json()["code"]) == (413, "too_large")
    lying = bytearray(stream_of(pa.table({"amount": np.arange(1000) % 7}), "zstd"))
    place = lying.find((8000).to_bytes(8, "little"))
    lying[place : place + 8] = (2**60).to_bytes(8, "little")
    with house.server.client(house.bank) as client:
        assert (
            client.post("/v1/events/batch", content=bytes(lying), headers={"content-type": ARROW.decode()}).status_code
            == 413
        )
        assert client.get("/health").status_code == 200


def test_whatever_a_damaged_stream_says_it_is_counted_or_refused() -> None:
    whole, chance = stream_of(words(10), "zstd"), random.Random(1)  # noqa: S311 places to damage, no secret
    for _ in range(2000):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            assert unfolded_bytes(bytes(damaged)) >= 0
        except (pa.ArrowException, ValueError, OSError) as refused:
            assert str(refused)
