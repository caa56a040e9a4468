from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from lab.train.card_world import MODEL, card_world
from stanch.lab.train.report import TrainReport
from stanch.lab.train.train import Course, train_on_files
from stanch.lab.train.weeks import Spans
from stanch.model.time import DAY
from stanch.scores.definition import parse_definition
from stanch.scores.model import Model

COURSE = Course(Spans(4 * DAY, 2 * DAY, 3 * DAY), weeks=2, draws=20)


class Shops(NamedTuple):
    """A card world, what was trained on it, and its report."""

    payments: Path
    mapping: Path
    model: Model
    report: TrainReport


@pytest.fixture(scope="session")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Shops:
    pytest.importorskip("lightgbm")
    course = replace(COURSE, peers=all(find_spec(library) for library in ("sklearn", "xgboost")))
    payments, mapping = card_world(tmp_path_factory.mktemp("shops"))
    model, report = train_on_files([payments], mapping, parse_definition(MODEL, "shops.yaml"), course)
    return Shops(payments, mapping, model, report)
