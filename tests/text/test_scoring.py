"""Scores: sums over pieces that a naive twin adds up alike, explained in the words as they were written."""

from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.model.errors import ConfigError
from stanch.store.text_files import shipped_lexicon, shipped_model
from stanch.text.model import CLASSES, read_model
from stanch.text.ngrams import SLOTS, logits_of, pieces_of
from stanch.text.normal import normalise, normalise_all
from stanch.text.reading import read_all
from stanch.text.scoring import Scorer
from stanch.text.showing import shown

SCORER = Scorer(shipped_model(), shipped_lexicon())


def naive_pieces(text: str) -> set[str]:
    """Return the pieces of a text in normal form as strings."""
    flat = "".join("0" if "0" <= letter <= "9" else letter for letter in text)
    found = set()
    for place, letter in enumerate(flat):
        shortest, longest = (1, 3) if letter >= "\u2e80" else (2, 5)
        found |= {flat[place : place + n] for n in range(shortest, longest + 1) if place + n <= len(flat)}
    return found


def slot_of(piece: str) -> int:
    mixed = 0x811C9DC5
    for letter in piece:
        mixed = (mixed ^ ord(letter)) * 0x01000193 & 0xFFFFFFFF
    turned = (mixed ^ (mixed >> 16)) * 0x85EBCA6B & 0xFFFFFFFF
    return (turned ^ (turned >> 13)) & (SLOTS - 1)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="今天加微信跑分abc129 ，.!", max_size=25), min_size=1, max_size=5))
def test_pieces_and_sums_are_those_of_the_naive_twin(texts: list[str]) -> None:
    normals = normalise_all(texts)
    slots, stops = pieces_of(normals.codes, normals.ends)
    rng = np.random.default_rng(7)
    weights, bias = rng.normal(size=(SLOTS, 4)).astype(np.float32), rng.normal(size=4).astype(np.float32)
    sums = logits_of(normals.codes, normals.ends, weights, bias)
    for row, text in enumerate(texts):
        expected = sorted({slot_of(piece) for piece in naive_pieces(normalise(text).text)})
        assert sorted(slots[stops[row - 1] if row else 0 : stops[row]]) == expected
        total = weights[expected].sum(axis=0) / np.sqrt(max(len(expected), 1)) + bias
        assert np.allclose(sums[row], total, atol=1e-3)


@pytest.mark.parametrize(
    ("text", "class_"),
    [
        ("您好，我是银行客服，您的账户异常，请把钱转到安全账户", "scam"),
        ("长期收四*件*套，价高当面结，飞机@abcd_12", "trade"),
        ("今天晚上吃什么", "ordinary"),
        ("快递到驿站了记得取", "ordinary"),
        ("公安反诈提醒：不要出租出借银行卡", "ordinary"),
        ("新手机跑分破百万，牛", "ordinary"),
        ("家里床上四件套推荐哪个牌子", "ordinary"),
        ("Hey, lunch tomorrow?", "ordinary"),
        ("出四件套 加v信", "trade"),
        ("床上四件套纯棉特价，微信abc_1234", "advert"),
        ("Dear customer, your account is locked, verify at http://x.example/a", "scam"),
    ],
)
def test_plain_cases_are_told_apart(text: str, class_: str) -> None:
    assert SCORER.explain([text])[0].class_ == class_


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(max_size=30), max_size=4))
def test_scores_add_up_and_depend_on_the_text_alone(texts: list[str]) -> None:
    together = SCORER.scores(texts)
    assert together.shape == (len(texts), len(CLASSES))
    assert np.allclose(together.sum(axis=1), 1.0)
    for row, text in zip(together, texts, strict=True):
        assert np.array_equal(row, SCORER.scores([text])[0])


def test_the_words_that_decided_are_shown_as_they_were_written() -> None:
    text = "收 四*件*套，价高，您的賬戶異常请转到安全账户"
    found = SCORER.explain([text])[0]
    assert found.words
    for word in found.words:
        assert text[word.start : word.stop] == word.written
    assert [word.weight for word in found.words] == sorted((word.weight for word in found.words), reverse=True)


@pytest.mark.parametrize(
    "text", ["", "\x00", "\u200b", "\ud800", "😂🈶" * 500_000, "ab" * 500_000, "1-" * 500_000, "a@" * 500_000]
)
def test_odd_texts_are_scored_like_any_other(text: str) -> None:
    found = SCORER.explain([text])[0]
    assert sum(found.scores.values()) == pytest.approx(1.0, abs=1e-5)
    assert found.cut == (len(text) > 20_000)


def test_a_sure_term_is_among_the_words_that_decided() -> None:
    found = SCORER.explain(["出四件套 加v信"])[0]
    assert found.scores["trade"] > 0.6
    assert "四件套" in found.words[0].written
    assert found.words[0].weight == max(word.weight for word in found.words)


@pytest.mark.parametrize(
    ("written", "replaced"),
    [
        ("出实名号，加微信abc_123", "出实名号，加微信⟨contact:0123456789ab⟩"),
        ("出实名号，打13800138000", "出实名号，打⟨phone:0123456789ab⟩"),
        ("点 https://x.example/a 领取", "点 ⟨domain:0123456789ab⟩ 领取"),
        ("转到6228480000000000018", "转到⟨account:0123456789ab⟩"),
    ],
)
def test_a_text_scores_alike_before_and_after_its_contacts_were_replaced(written: str, replaced: str) -> None:
    before, after = SCORER.scores([written, replaced])
    assert np.allclose(before, after)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.sampled_from(["出", "四件套", "加v信", "实名号", "您好", "转账", "马上", "hi ", "otp", " stop "]), max_size=9
    )
)
def test_what_words_of_cues_stand_in_a_text_is_what_the_naive_twin_finds(parts: list[str]) -> None:
    text = normalise("".join(parts)).text
    cues = SCORER.model.card.cues
    found = read_all([text], SCORER.lexicon, SCORER.model.cues).facts[0]
    for place, (name, words) in enumerate(cues.items()):
        if name == "contact":
            continue  # a contact speaks for it too
        latin = [word for word in words if word.isascii() and re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)]
        others = [word for word in words if not word.isascii() and word in text]
        assert bool(found[place]) == bool(latin or others), (name, text)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.sampled_from(["出", "四件套", "司件套", "料子", "sijiantao", "足包分", "日结", "goip", "a", "黑u", " "]),
        max_size=8,
    )
)
def test_only_texts_without_a_term_are_passed_over(parts: list[str]) -> None:
    lexicon = SCORER.lexicon
    read = read_all(["".join(parts)], lexicon, SCORER.model.cues)
    assert read.terms[0] == tuple(lexicon.find_in(read.masked[0].normal))


def test_values_are_masked_unless_somebody_may_see_them() -> None:
    text = "打13812345678，卡6228480402564890018，微信 secret_name1"
    found = SCORER.explain([text])[0]
    masked = msgspec.json.encode(shown("1", text, found)).decode()
    for secret in ("13812345678", "6228480402564890018", "secret_name1"):
        assert secret not in masked
        assert secret in msgspec.json.encode(shown("1", text, found, clear=True)).decode()
    assert shown("1", text, found).personal_data == {"bank_card": 1, "phone": 1}


def test_the_shipped_model_is_small_and_says_what_it_was_made_from() -> None:
    card = shipped_model().card
    assert {"dialogs/scam", "families/trade", "messages_en/advert", "messages_zh/ordinary"} <= card.texts.keys()
    assert len(shipped_model().version) == 12


@pytest.mark.parametrize("raw", [b"", b"stanch-text-2\n", b"stanch-text-2\n\x05\x00\x00\x00nojso", b"other"])
def test_what_is_no_model_is_refused(raw: bytes) -> None:
    with pytest.raises(ConfigError, match=r"mine\.bin: not a text model"):
        read_model(raw, "mine.bin")
