from __future__ import annotations

import numpy as np
import pytest

from scores.small_model import some_trees
from stanch.model.errors import ConfigError
from stanch.scores.trees import parse_trees
from stanch.scores.walks import cuts_of, margins

lightgbm = pytest.importorskip("lightgbm")


@pytest.mark.parametrize("seed", range(6))
def test_our_walk_gives_the_raw_scores_of_lightgbm_to_the_last_bit(seed: int) -> None:
    text, asked = some_trees(seed)
    theirs = lightgbm.Booster(model_str=text).predict(asked, raw_score=True, num_threads=1)
    assert margins(cuts_of(parse_trees(text), 3), asked).tobytes() == np.asarray(theirs).tobytes()


def test_a_score_is_the_same_alone_and_in_a_batch() -> None:
    text, asked = some_trees(1)
    trees = cuts_of(parse_trees(text), 3)
    alone = [margins(trees, asked[at : at + 1])[0] for at in range(len(asked))]
    assert np.array(alone).tobytes() == margins(trees, asked).tobytes()


def test_trees_of_one_leaf_are_read() -> None:
    inputs, fraud = np.zeros((100, 2)), np.arange(100) % 4 == 0
    data = lightgbm.Dataset(inputs, fraud.astype(float), params={"verbose": -1})
    text = lightgbm.train({"objective": "binary", "verbose": -1}, data, 3).model_to_string()
    theirs = lightgbm.Booster(model_str=text).predict(inputs, raw_score=True)
    assert margins(cuts_of(parse_trees(text), 2), inputs).tolist() == theirs.tolist()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda text: "something else", "not a LightGBM model"),
        (lambda text: text.replace("objective=binary", "objective=regression"), "yes or no"),
        (lambda text: text.replace("num_class=1", "num_class=3"), "yes or no"),
        (lambda text: text.replace("num_cat=0", "num_cat=1", 1), "by category"),
        (lambda text: text.replace("leaf_value=", "leaf_valve=", 1), "cannot be read"),
        (lambda text: text.replace("threshold=", "threshold=x ", 1), "cannot be read"),
    ],
)
def test_what_is_no_such_model_is_refused(wrong: object, says: str) -> None:
    assert callable(wrong)
    with pytest.raises(ConfigError, match=says):
        parse_trees(wrong(some_trees(0)[0]))
