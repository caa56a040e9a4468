from __future__ import annotations

import pytest

from stanch.model.errors import ConfigError
from stanch.store.text_files import shipped_lexicon
from stanch.text.lexicon import parse_lexicon

LEXICON = """
contexts: {{deal: [收购, 佣金]}}
terms:
  - {{term: {term}, kind: {kind}, meaning: {{zh: 甲, en: a}}{more}}}
everyday: [跑分]
"""


def lexicon(term: str = "卡农", kind: str = "cards", more: str = "") -> str:
    return LEXICON.format(term=term, kind=kind, more=more)


@pytest.mark.parametrize(
    ("text", "term", "how"),
    [
        ("收 四*件*套 现货", "四件套", "as it is"),
        ("收四建讨 银行卡 高价", "四件套", "by sound"),
        ("sijiantao 高价收", "四件套", "in pinyin"),
        ("长期收4件套", "四件套", "in other signs"),
        ("pf 银行卡 日结", "跑分", "by initials"),
        ("足包分招人，佣金日结", "跑分", "as it is"),
        ("selling fullz", "fullz", "as it is"),
    ],
)
def test_a_term_is_found_however_it_is_written(text: str, term: str, how: str) -> None:
    assert [(hit.term.term, hit.how) for hit in shipped_lexicon().find(text)] == [(term, how)]


@pytest.mark.parametrize(
    "text",
    [
        "新手机跑分多少，骁龙芯片", "床上四件套出售，纯棉", "卡商推荐显卡", "消防通道不能堵", "招饮料代理", "跑分",
        "炒菠菜要焯水吗", "宿舍水房没热水", "那个车手赢了比赛", "术后引流管", "四件套", "the dumps at the station",
    ],
)  # fmt: skip
def test_everyday_words_are_left_alone(text: str) -> None:
    assert shipped_lexicon().find(text) == ()


def test_a_hit_shows_the_word_as_written_and_what_made_it_count() -> None:
    text = "跑.分 团队，日结"
    (hit,) = shipped_lexicon().find(text)
    assert (text[hit.start : hit.stop], hit.beside) == ("跑.分", "日结")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (lexicon(term="跑分"), "'跑分' is an everyday word and has no context"),
        (lexicon(kind="weapons"), "unknown kind 'weapons'"),
        (lexicon(more=", context: [nowhere]"), "unknown context 'nowhere'"),
        (lexicon(term="卡 农"), "not in normal form"),
        (lexicon() + "surprise: 1\n", "surprise"),
        ("terms: [", "not YAML"),
    ],
)
def test_a_wrong_lexicon_is_refused_with_the_reason(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse_lexicon(text, "mine.yaml")


def test_an_everyday_word_with_a_context_is_taken() -> None:
    found = parse_lexicon(lexicon(term="跑分", more=", context: [deal]"), "mine.yaml")
    assert found.find("跑分 佣金")
    assert not found.find("跑分")
