"""What is kept in memory stays within its bytes, and forgets the oldest first."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.model.kept import Kept


def weigh(key: str, value: bytes) -> int:
    return len(key) + len(value)


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=3), st.binary(max_size=40)), max_size=200), st.integers(0, 300))
def test_it_holds_the_newest_entries_within_its_bytes(entries: list[tuple[str, bytes]], most: int) -> None:
    kept: Kept[str, bytes] = Kept(most, weigh)
    seen: dict[str, bytes] = {}
    for key, value in entries:
        kept[key] = value
        kept.trim()
        seen[key] = value
        assert kept.nbytes == sum(weigh(*each) for each in kept.items())
        assert kept.nbytes <= most
        assert all(seen[name] == held for name, held in kept.items())


def test_the_oldest_go_first_and_no_more_than_must() -> None:
    kept: Kept[str, bytes] = Kept(1_000, weigh)
    for number in range(1_000):
        kept[f"{number:04}"] = b"123456"
        kept.trim()
    assert list(kept) == [f"{number:04}" for number in range(1_000 - len(kept), 1_000)]
    assert len(kept) > 90


def test_one_entry_larger_than_all_is_not_kept() -> None:
    kept: Kept[str, bytes] = Kept(10, weigh)
    kept["a"] = bytes(100)
    kept.trim()
    assert (len(kept), kept.nbytes) == (0, 0)
