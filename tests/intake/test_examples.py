"""The example mappings, on rows like those of the data sets they describe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stanch.intake.mapping import load_mapping
from stanch.intake.report import IntakeReport, Refused

Taking = Callable[..., tuple[pa.Table, list[Refused], IntakeReport]]
EXAMPLES = Path(__file__).parents[2] / "examples"


def test_card_payments_are_paid_settled_and_found_out_a_week_later(tmp_path: Path, taking: Taking) -> None:
    rows = {
        "TRANSACTION_ID": pa.array([7, 8, 9], pa.int32()),
        "TX_DATETIME": pa.array([day * 86_400_000_000 for day in (17_652, 17_653, 17_671)], pa.timestamp("us")),
        "CUSTOMER_ID": pa.array([0, 1, 0], pa.int32()),
        "TERMINAL_ID": pa.array([0, 0, 5], pa.int32()),
        "TX_AMOUNT": pa.array(np.array([18.71, 0.0, 66.675], np.float32)),
        "TX_FRAUD": pa.array([0, 1, 0], pa.int8()),
        "TX_FRAUD_SCENARIO": pa.array([0, 2, 0], pa.int8()),
    }
    pq.write_table(pa.table(rows), tmp_path / "cards.parquet")
    events, refused, _ = taking([tmp_path / "cards.parquet"], load_mapping(EXAMPLES / "card_transactions.yaml"))
    assert refused == []
    kinds = ["transfer", "settled", "transfer", "settled", "confirmed", "transfer", "settled"]
    assert events["kind"].to_pylist() == kinds
    assert events["amount"].to_pylist()[:4] == [1871, 1871, 0, 0]
    fraud, found_out = events.to_pylist()[2], events.to_pylist()[4]
    assert (found_out["ref"], found_out["dst"]) == ("8", fraud["dst"])
    assert found_out["known_at"] - fraud["known_at"] == timedelta(days=7)
    assert fraud["src"] != events.to_pylist()[0]["src"]


def test_transfers_with_the_outside_and_of_nothing_are_valid(tmp_path: Path, taking: Taking) -> None:
    rows = {
        "step": pa.array([0, 0, 1], pa.int32()),
        "amount": pa.array([1.4e-9, 348.075, 137333.04]),
        "sender": pa.array([-2, 5, 5], pa.int32()),
        "receiver": pa.array([5, -1, 6], pa.int32()),
        **{
            f"{fact}_{role}": pa.array([1, 2, 3])
            for fact in ("days_in_bank", "phone_changes")
            for role in ("sender", "receiver")
        },
        "label_is_sar": pa.array([0, 0, 1], pa.int8()),
        "label_pattern": pa.array([-1, -1, 4], pa.int32()),
        "label_typology": pa.array(["", "", "stack"], pa.large_string()),
    }
    pq.write_table(pa.table(rows), tmp_path / "aml.parquet")
    events, refused, _ = taking([tmp_path / "aml.parquet"], load_mapping(EXAMPLES / "aml_transfers.yaml"))
    assert refused == []
    assert events["amount"].to_pylist() == [0, 0, 34808, 34808, 13733304, 13733304, None]
    assert events["hour"].to_pylist()[0] == 0
    first, second = events.to_pylist()[0], events.to_pylist()[2]
    assert first["dst"] == second["src"]
    assert first["src"] != second["dst"]
    found_out = events.to_pylist()[-1]
    assert (found_out["kind"], found_out["detail"], found_out["src"], found_out["dst"]) == (
        "confirmed",
        "laundering",
        None,
        None,
    )
