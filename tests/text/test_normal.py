"""The normal form: what hides a word is undone, what does not is left, and every place leads back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.lab.wording.hiding import hidden
from stanch.text.normal import LONGEST, normalise, normalise_all


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("四*件*套", "四件套"),
        ("四，件，套现货", "四件套现货"),
        ("收 購 銀 行 卡", "收购银行卡"),
        ("ＡＢＣ①②③", "abc123"),
        ("w e i x i n: abc", "weixin: abc"),
        ("力口亻言 足包分", "加信跑分"),
        ("p\u200ba\u200cy раураl now", "pay paypal now"),
        ("🐧 123456", "企鹅 123456"),
        ("🅰🅱Ⓒ ❶ 𝓿𝔁", "abc 1 vx"),
        ("q̶q̶群", "qq群"),
        ("跑.分 接.单", "跑分接单"),
        ("1 3 8-0 0 1 3 8 0 0 0", "13800138000"),
        ("a\ud800b\x00c", "a\ufffdbc"),
    ],
)
def test_what_hides_a_word_is_undone(written: str, read: str) -> None:
    assert normalise(written).text == read


@pytest.mark.parametrize(
    "text",
    [
        "今天吃饭,明天再说",
        "i am a big fan of it",
        "привет, как дела",
        "see t.me/abc or www.a.example/b?c=1",
        "138 1234 5678",
        "好女子",
    ],
)
def test_what_hides_nothing_is_left_as_it_is(text: str) -> None:
    assert normalise(text).text == text


def test_every_word_leads_back_to_how_it_was_written() -> None:
    text = "收 四*件*套，亻言用好"
    normal = normalise(text)
    start = normal.text.index("四件套")
    first, last = normal.written(start, start + 3)
    assert text[first:last] == "四*件*套"
    start = normal.text.index("信")
    first, last = normal.written(start, start + 1)
    assert text[first:last] == "亻言"


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_texts_together_are_read_as_alone_and_all_places_are_in_order(texts: list[str]) -> None:
    together = normalise_all(texts)
    for index, text in enumerate(texts):
        one, alone = together.one(index), normalise(text)
        assert one.text == alone.text
        assert np.array_equal(one.starts, alone.starts)
        assert np.array_equal(one.stops, alone.stops)
        assert all(0 <= a < b <= len(text) for a, b in zip(one.starts, one.stops, strict=True))
        assert (np.diff(one.starts) >= 0).all()


@settings(deadline=None)
@given(st.text(alphabet="今天吃饭加微信好的跑分abc12 ，。!", max_size=30))
def test_a_normal_form_is_stable(text: str) -> None:
    once = normalise(normalise(text).text).text
    assert normalise(once).text == once


def test_a_text_without_end_is_cut_and_says_so() -> None:
    normal = normalise("😂🈶" * 1_000_000)
    assert normal.cut
    assert len(normal.text) <= LONGEST
    assert not normalise("短").cut


@pytest.mark.parametrize("seed", range(20))
def test_what_the_lab_hides_is_mostly_read_again(seed: int) -> None:
    """The lab's hiding is written apart; characters of the same sound are the lexicon's task, and stay."""
    text = "长期收四件套价高当面结"
    read = normalise(hidden(text, True, np.random.default_rng(seed))).text
    assert sum(a in read for a in text) >= 0.6 * len(text)
