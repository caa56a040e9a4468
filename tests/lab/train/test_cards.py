"""The shared file of card payments, where it is: the published order of magnitude, and our place beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stanch.lab.train.train import Course, load_definition, train_on_files
from stanch.lab.train.weeks import Spans
from stanch.model.time import DAY

MAPPING = Path(__file__).parents[3] / "examples" / "card_transactions.yaml"
PAYMENTS = Path(os.environ.get("STANCH_DATA", "data")) / "card_transactions.parquet"


@pytest.mark.data
@pytest.mark.skipif(not PAYMENTS.is_file(), reason=f"{PAYMENTS.name} is not in the folder that STANCH_DATA names")
def test_card_payments_are_ranked_better_than_by_the_best_peer() -> None:
    pytest.importorskip("xgboost")
    course = Course(Spans(7 * DAY, 7 * DAY, 7 * DAY), weeks=1, draws=10)
    _, report = train_on_files([PAYMENTS], MAPPING, load_definition(Path("cards")), course)
    forest = report.marks["random forest"]
    assert forest["roc_auc"].value == pytest.approx(0.867, abs=0.03)
    assert forest["average_precision"].value == pytest.approx(0.658, abs=0.06)
    assert all(ahead.difference.value > 0 for ahead in report.ahead.values())
