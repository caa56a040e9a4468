"""The peers: the models that the Fraud Detection Handbook begins with, as it sets them, one thread each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stanch.model.errors import ConfigError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def fitted_peers(inputs: Floats, fraud: Bools, asked: Floats) -> dict[str, Floats]:
    """Return the scores of each peer, fitted on ``inputs`` (n, k), for the events ``asked`` (m, k)."""
    return {name: _scores(make(), inputs, fraud, asked) for name, make in PEERS.items()}


def _scores(peer: Any, inputs: Floats, fraud: Bools, asked: Floats) -> Floats:  # noqa: ANN401 - the libraries are untyped
    peer.fit(inputs, fraud.astype(np.int64))
    scores: Floats = np.asarray(peer.predict_proba(asked)[:, 1], dtype=np.float64)
    return scores


def _logistic() -> Any:  # noqa: ANN401 - as above
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise _missing("scikit-learn") from None
    return make_pipeline(StandardScaler(), LogisticRegression(random_state=0, max_iter=1000))


def _forest() -> Any:  # noqa: ANN401 - as above
    try:
        from sklearn.ensemble import RandomForestClassifier
    except ImportError:
        raise _missing("scikit-learn") from None
    return RandomForestClassifier(random_state=0, n_jobs=1)


def _boosted() -> Any:  # noqa: ANN401 - as above
    try:
        from xgboost import XGBClassifier
    except ImportError:
        raise _missing("XGBoost") from None
    return XGBClassifier(random_state=0, n_jobs=1)


def _missing(what: str) -> ConfigError:
    return ConfigError(f"measuring beside peers needs {what}; install it with: pip install 'stanch[learn]'")


PEERS: Final[Mapping[str, Callable[[], Any]]] = {  # Any: the libraries are untyped
    "logistic regression": _logistic,
    "random forest": _forest,
    "XGBoost": _boosted,
}
