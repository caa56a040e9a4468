from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.model.entities import SCHEMES
from stanch.privacy.masks import mask


@pytest.mark.parametrize(
    ("scheme", "clear", "masked"),
    [
        ("phone", "+8613812345678", "138****5678"),
        ("account", "6228480000000000018", "6228***********0018"),
        ("person", "11010519491231002X", "1****************X"),
        ("ip", "203.0.113.7", "203.0.*.*"),
        ("user", "platform/alice", "platform/a***e"),
        ("domain", "pay.example", "p**.example"),
        ("outlet", "A1", "A*"),
        ("outlet", "A", "*"),
    ],
)
def test_people_see_masks_they_can_recognise(scheme: str, clear: str, masked: str) -> None:
    assert mask(scheme, clear) == masked


@given(
    st.sampled_from(sorted(set(SCHEMES.values()) - {"ip", "domain", "user", "contact", "phone"})), st.text(min_size=1)
)
def test_a_mask_hides_at_least_half(scheme: str, clear: str) -> None:
    shown = mask(scheme, clear).replace("*", "")
    assert len(shown) <= max(len(clear) / 2, clear.count("*"))
