from __future__ import annotations

from stanch.model.columns import COLUMNS, ENTITIES
from stanch.model.time import DAY
from stanch.privacy.grades import CARE, GRADES, Grade, care
from stanch.privacy.retention import columns_to_drop, text_days_to_drop


def test_every_column_has_a_grade_and_every_grade_says_what_it_asks() -> None:
    assert set(GRADES) == {column.name for column in COLUMNS}
    assert set(CARE) == set(Grade)


def test_texts_are_secret_and_entities_at_least_personal() -> None:
    assert GRADES["text"] is Grade.SECRET
    assert care("text").kept == "encrypted"
    assert all(GRADES[name] >= Grade.PERSONAL for name in ENTITIES)


def test_a_higher_grade_is_never_kept_longer() -> None:
    days = [CARE[grade].days for grade in Grade]
    assert days == sorted(days, reverse=True)


def test_the_text_goes_first_and_what_names_nobody_stays_longest() -> None:
    assert columns_to_drop(0, 91 * DAY) == ("text",)
    assert "kind" not in columns_to_drop(0, 2000 * DAY)
    assert "src" in columns_to_drop(0, 2000 * DAY)
    assert text_days_to_drop([0, 1, 2], 91 * DAY) == [0]
