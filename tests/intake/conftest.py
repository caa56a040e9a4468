"""A small intake to test with: fixed keys, a vault in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from stanch.intake.mapping import Mapping
from stanch.intake.report import IntakeReport, Refused
from stanch.intake.take import IntakeContext, take
from stanch.privacy.pseudonyms import Keys
from stanch.store.vault import SqliteVault

Taking = Callable[..., tuple[pa.Table, list[Refused], IntakeReport]]


@pytest.fixture
def context() -> IntakeContext:
    return IntakeContext(Keys(b"p" * 32, b"d" * 32), SqliteVault(":memory:", b"m" * 32))


@pytest.fixture
def taking(context: IntakeContext) -> Taking:
    def run(
        files: Sequence[Path], mapping: Mapping | None = None, chunk_rows: int = 1000
    ) -> tuple[pa.Table, list[Refused], IntakeReport]:
        report = IntakeReport()
        taken = list(take(files, mapping, context, chunk_rows, report))
        refused = [one for part in taken for one in part.refused]
        return pa.concat_tables([part.table for part in taken]) if taken else pa.table({}), refused, report

    return run
