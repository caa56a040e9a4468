"""Formats: which reader a file gets, by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from stanch.intake.mapping import OWN_FORM, Mapping
from stanch.intake.readers.call_records import CallRecordReader
from stanch.intake.readers.csv import CsvReader
from stanch.intake.readers.iso20022 import Iso20022Reader
from stanch.intake.readers.ndjson import NdjsonReader
from stanch.intake.readers.parquet import ParquetReader
from stanch.intake.readers.raw import Reader
from stanch.model.columns import SENT
from stanch.model.errors import InputError

_COMPRESSED: Final = (".gz", ".zst", ".bz2")


def open_reader(path: Path, mapping: Mapping) -> Reader:
    """Return the reader of a file. Raises InputError for a format that nobody reads or a file that is none."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in _COMPRESSED]
    match suffixes[-1:]:
        case [".csv" | ".tsv" | ".txt"] if mapping.calls is not None:
            return CallRecordReader(path, mapping)
        case [".parquet"]:
            return ParquetReader(path)
        case [".csv" | ".tsv" | ".txt"]:
            return CsvReader(path, "\t" if suffixes[-1] == ".tsv" else mapping.delimiter)
        case [".ndjson" | ".jsonl"]:
            return NdjsonReader(path, frozenset(SENT) if mapping is OWN_FORM else None)
        case [".xml"]:
            return Iso20022Reader(path)
        case _:
            raise InputError("unknown format; name the file .parquet, .csv, .tsv, .ndjson, .jsonl or .xml")
