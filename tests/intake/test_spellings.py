from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stanch.intake.spellings import UNKNOWN, Spellings
from stanch.intake.words import ABSENT

COLUMNS = st.lists(
    st.lists(st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["a", "ab", "b"])), max_size=20), max_size=6
)


@given(COLUMNS, st.integers(0, 3))
def test_numbers_are_those_of_a_dictionary(columns: list[list[str | None]], cut: int) -> None:
    spellings, twin = Spellings(b"seedseed"), dict[str, int]()
    for values in columns:
        column = pa.array(values, pa.string()).slice(cut)
        found = spellings.find(column).tolist()
        shown = column.to_pylist()
        assert found == [ABSENT if not v else twin.get(v, UNKNOWN) for v in shown]
        new = list(dict.fromkeys(v for v, number in zip(shown, found, strict=True) if number == UNKNOWN and v))
        assert spellings.add(pa.array(new, pa.string())) == len(twin)
        twin |= {value: len(twin) + place for place, value in enumerate(new)}


def test_many_spellings_are_kept_apart_while_the_table_grows() -> None:
    spellings = Spellings(b"seedseed")
    columns = [pa.array([f"card:{n}" for n in range(start, start + 5_000)]) for start in range(0, 50_000, 5_000)]
    assert [spellings.add(column) for column in columns] == list(range(0, 50_000, 5_000))
    assert all(spellings.find(c).tolist() == list(range(5_000 * n, 5_000 * n + 5_000)) for n, c in enumerate(columns))
    assert len(spellings) == 50_000
