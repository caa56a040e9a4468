from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iso20022_samples import PAYER, UETR, auth_002, camt_029, document, pacs_004, pacs_008, pain_001, transfer
from stanch.intake.mapping import parse_mapping
from stanch.intake.readers.iso20022_rows import READ, Unfit, rows_of
from stanch.intake.readers.iso20022_xml import VERSIONS, read_message, write_message
from stanch.model.errors import InputError

Taking = Callable[..., tuple[pa.Table, list[Any], Any]]  # Any: refusals and the report of the intake

SAMPLES: dict[str, Callable[[str], bytes]] = {
    "pacs.008": pacs_008,
    "pacs.004": pacs_004,
    "pain.001": pain_001,
    "camt.029": camt_029,
    "auth.002": lambda _: auth_002(),
}
EVERY = [(name, version) for name in READ for version in VERSIONS[name]]


def rows(message: bytes) -> list[dict[str, Any]]:
    """Return the rows of a message, all of which must fit."""
    made = [row for _, row in rows_of(read_message(message))]
    assert not any(isinstance(row, Unfit) for row in made)
    return [row for row in made if isinstance(row, dict)]


def sent(folder: Path, *messages: bytes) -> list[Path]:
    paths = [folder / f"{place}.xml" for place in range(len(messages))]
    for path, message in zip(paths, messages, strict=True):
        path.write_bytes(message)
    return paths


@pytest.mark.parametrize(("name", "version"), EVERY)
def test_every_version_is_read_and_survives_the_round_trip(name: str, version: str) -> None:
    first = read_message(SAMPLES[name](version))
    again = read_message(write_message(first.name, first.version, first.body))
    as_words = [(e.tag, (e.text or "").strip(), e.attrib) for e in first.body.iter()]
    assert [(e.tag, (e.text or "").strip(), e.attrib) for e in again.body.iter()] == as_words
    assert rows(SAMPLES[name](version))


def test_a_payment_between_banks_is_a_transfer_and_its_settlement() -> None:
    asked, settled = rows(pacs_008())
    assert (asked["kind"], settled["kind"]) == ("transfer", "settled")
    assert settled["ref"] == asked["event_id"]
    assert asked["amount"] == settled["amount"] == 123_456
    assert asked["end_to_end"] == settled["end_to_end"] == UETR
    assert asked["src"] == f"account:{PAYER}"


def test_a_return_names_the_payment_it_gives_back_and_runs_the_other_way() -> None:
    (asked, settled), (back,) = rows(pacs_008()), rows(pacs_004())
    assert back["kind"] == "returned"
    assert back["ref"] == asked["event_id"]
    assert (back["src"], back["dst"]) == (settled["dst"], settled["src"])
    assert back["end_to_end"] == settled["end_to_end"]


def test_a_wallet_is_told_from_an_account_by_its_scheme() -> None:
    wallet = "<Othr><Id>w-1</Id><SchmeNm><Prtry>wallet</Prtry></SchmeNm></Othr>"
    asked, _ = rows(pacs_008(payments=transfer().replace(f"<IBAN>{PAYER}</IBAN>", wallet)))
    assert asked["src"] == "wallet:w-1"


def test_amounts_follow_the_digits_of_their_currency() -> None:
    (asked,) = rows(pain_001())
    assert (asked["amount"], asked["currency"]) == (5000, "JPY")
    three = transfer('<IntrBkSttlmAmt Ccy="KWD">1.234</IntrBkSttlmAmt>')
    assert rows(pacs_008(payments=three))[0]["amount"] == 1234


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (camt_029(), "in_force"),
        (camt_029(case="order-1/return"), "done"),
        (camt_029(status="RJCR", reason="CUST"), "refused"),
        (camt_029(status="RJCR", reason="AC04"), "unknown_account"),
        (auth_002(), "in_force"),
        (auth_002(measure="query"), "done"),
        (auth_002(found="NFOU"), "unknown_account"),
        (auth_002(status="NRES"), "refused"),
    ],
)
def test_an_answer_says_what_became_of_the_order(answer: bytes, detail: str) -> None:
    (row,) = rows(answer)
    assert (row["kind"], row["ref"], row["detail"]) == ("freeze_answered", "order-1", detail)
    assert row["src"] == "institution:NWBKGB2L"


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (camt_029(status="PDCR"), "no answer yet"),
        (auth_002(header=False), "head.001"),
        (pacs_008(payments=transfer('<IntrBkSttlmAmt Ccy="JPY">1.5</IntrBkSttlmAmt>')), "more digits"),
        (pacs_008(payments=transfer().replace(f"<IBAN>{PAYER}</IBAN>", "<Othr><Id> </Id></Othr>")), "DbtrAcct"),
    ],
)  # fmt: skip
def test_a_payment_that_cannot_be_a_row_says_why(message: bytes, why: str) -> None:
    ((_, unfit),) = rows_of(read_message(message))
    assert isinstance(unfit, Unfit)
    assert why in unfit.reason


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Document>&b;</Document>'
FILE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><Document>&a;</Document>'


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (BOMB, "document type"),
        (FILE, "document type"),
        (b"<a>" * 100 + b"</a>" * 100, "deeper"),
        (b"<Document", "not XML"),
        (b"<Other/>", "no Document"),
        (document("pacs.009.001.08", "<x/>"), "known messages"),
        (document("pacs.008.001.02", "<x/>"), "known versions"),
        (document("pacs.008.001.08", "<x/>"), "pacs.008.001.08"),
        (b'<Document xmlns="urn:other"/>', "namespace"),
        (pacs_008().replace(b"<MsgId>M1</MsgId>", b""), "msg_id|MsgId"),
        (pacs_008().replace(b"M1", b"M" * 36), "36 characters"),
        (pacs_008().replace(b"COBADEFF", b"cobadeff"), "does not match"),
        (pacs_008().replace(b"1234.56", b"1.234567"), "after the point"),
        (pacs_008().replace(b"1234.56", b"-1"), "less than 0"),
        (pacs_008().replace(b"1234.56", b"NaN"), "no number"),
        (pacs_008().replace(b"SLEV", b"XXXX"), "chrg_br"),
        (pacs_008().replace(b"<TxId>T7</TxId>", b"<TxId>T7</TxId><Extra/>"), "Extra"),
        (pacs_008().replace(b"<TxId>T7</TxId>", b"").replace(b"<EndToEndId>", b"<TxId>T7</TxId><EndToEndId>"), "order"),
        (auth_002().replace(b"<Cd>ALLP</Cd>", b"<Cd>ALLP</Cd><Prtry>x</Prtry>"), "choices"),
        (pacs_008().replace(b'Ccy="EUR"', b'Ccy="EUR" Extra="1"'), "Extra|attribute"),
    ],
)  # fmt: skip
def test_what_the_schema_does_not_allow_is_refused_with_the_place(message: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_message(message)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([pacs_008(), pacs_004(), pain_001(), camt_029(), auth_002()]), st.data())
def test_a_damaged_message_is_read_or_refused_and_nothing_else(message: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(message)))
    cut = data.draw(st.integers(0, 30))
    piece = data.draw(
        st.one_of(st.binary(max_size=8), st.sampled_from([b"<Id>", b"</Id>", b"1E99", b"&amp;", b"\xff"]))
    )
    try:
        list(rows_of(read_message(message[:start] + piece + message[start + cut :])))
    except InputError as refused:
        assert str(refused)


def test_no_error_repeats_an_account() -> None:
    with pytest.raises(InputError) as refused:
        read_message(pacs_008().replace(PAYER.encode(), PAYER.encode() + b"!"))
    assert PAYER not in str(refused.value)


def test_messages_are_taken_like_any_other_file_and_no_row_is_lost(taking: Taking, tmp_path: Path) -> None:
    two = transfer() + transfer('<IntrBkSttlmAmt Ccy="JPY">1.5</IntrBkSttlmAmt>', "")
    files = sent(tmp_path, pain_001(), pacs_008(payments=two), camt_029(), pacs_004(), auth_002(), BOMB)
    table, refused, report = taking(files)
    assert table["kind"].to_pylist() == [
        "transfer",
        "transfer",
        "settled",
        "freeze_answered",
        "freeze_answered",
        "returned",
    ]
    assert {one.reason.split(";")[0] for one in refused} == {
        "the message declares a document type",
        "IntrBkSttlmAmt has more digits than JPY has",
    }
    assert [file.error is None for file in report.files] == [True] * 5 + [False]


def test_the_legs_of_one_payment_meet_in_the_payment_facet(taking: Taking, tmp_path: Path) -> None:
    table, _, _ = taking(sent(tmp_path, pacs_008(), pacs_004()))
    assert len(set(table["payment"].to_pylist())) == 1


def test_a_mapping_may_name_the_banks_as_the_house_names_them(taking: Taking, tmp_path: Path) -> None:
    mapping = parse_mapping("""
columns:
  event_id: event_id
  source: {column: source, values: {NWBKGB2L: bank_b}}
  happened_at: happened_at
  kind: kind
  src: {column: src, values: {"institution:NWBKGB2L": "institution:bank_b"}}
  dst: dst
  detail: detail
  ref: ref
""")
    table, refused, _ = taking(sent(tmp_path, camt_029()), mapping)
    assert not refused
    assert table["source"].to_pylist() == ["bank_b"]
