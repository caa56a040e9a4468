"""One name, many spellings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.intake.link.spelling import core_of, form_of, sound_of


@pytest.mark.parametrize(
    "spellings",
    [
        ("张伟", "張偉", "Zhang Wei", "WEI, Zhang", "Zhāng Wěi", "zhang1 wei3"),
        ("王小明", "Wang Xiaoming", "Xiao-Ming WANG", "wang xiao ming"),
        ("欧阳娜娜", "歐陽娜娜", "Ouyang Nana"),
        ("吕布", "呂布", "Lü Bu", "Lv Bu", "Lyu Bu", "Lǚ Bù"),
        ("单田芳", "Shan Tianfang"),
        ("Robert Allen", "ALLEN, Robert", "allen  robert"),
    ],
)
def test_a_name_sounds_the_same_in_every_spelling(spellings: tuple[str, ...]) -> None:
    assert len({sound_of(form_of(each)) for each in spellings}) == 1


@pytest.mark.parametrize("two", [("张伟", "张卫东"), ("Robert Allen", "Robert Alan"), ("王芳", "Huang Fang")])
def test_two_names_sound_otherwise(two: tuple[str, str]) -> None:
    assert sound_of(form_of(two[0])) != sound_of(form_of(two[1]))


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("北京希望科技有限公司", "北京希望科技"),
        ("北京希望科技股份有限公司", "北京希望科技"),
        ("Hope Tech Co., Ltd.", "hope tech"),
        ("HOPE TECH LIMITED", "hope tech"),
        ("Texaco", "texaco"),
        ("有限公司", "有限公司"),
        ("Ltd", "ltd"),
    ],
)
def test_a_company_is_known_by_its_name_without_its_legal_form(name: str, core: str) -> None:
    assert core_of(name) == core


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=30))
def test_any_text_has_a_form_that_stays_what_it_is(text: str) -> None:
    form = form_of(text)
    assert form_of(form) == form
    assert sound_of(form) == sound_of(form_of(form))
