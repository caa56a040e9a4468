from __future__ import annotations

from pathlib import Path

import numpy as np

from lab.train.card_world import card_world
from stanch.engine.opening import open_home
from stanch.engine.replay import replay
from stanch.lab.train.handbook import FEATURES, handbook_features
from stanch.lab.train.outcomes import NEVER, Outcomes, read_outcomes
from stanch.model.time import DAY, to_datetime


def slowly(outcomes: Outcomes, row: int) -> list[float]:
    """The definitions, read out loud for one payment."""
    at, card, terminal = (outcomes.column(name) for name in ("as_of", "src", "dst"))
    amount, fraud, before = outcomes.column("amount") / 100, outcomes.known < NEVER, np.arange(len(at)) <= row
    moment = to_datetime(int(outcomes.column("happened_at")[row]))
    found = [amount[row], float(moment.weekday() >= 5), float(moment.hour <= 6)]
    for days in (1, 7, 30):
        mine = before & (card == card[row]) & (at > at[row] - days * DAY)
        found += [float(mine.sum()), float(amount[mine].mean())]
    for days in (1, 7, 30):
        wide = before & (terminal == terminal[row]) & (at > at[row] - (7 + days) * DAY)
        late = wide & (at <= at[row] - 7 * DAY)
        payments = int(late.sum())
        found += [float(payments), float(fraud[late].sum() / payments) if payments else 0.0]
    return found


def test_peers_read_the_handbooks_features(tmp_path: Path) -> None:
    payments, mapping = card_world(tmp_path, days=12)
    with open_home(tmp_path / "home") as home:
        replay(home, [payments], mapping)
        home.finish()
        outcomes = read_outcomes(home.records, "transfer")
    features = handbook_features(outcomes)
    assert features.shape == (len(outcomes.at), len(FEATURES))
    for row in range(0, len(outcomes.at), 97):
        np.testing.assert_allclose(features[row], slowly(outcomes, row), rtol=1e-12)
