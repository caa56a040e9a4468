from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from exchange_house import ACCOUNT, NOW, UETR, House
from iso20022_samples import camt_029
from stanch.exchange.config import parse_config
from stanch.exchange.messages import as_iso20022
from stanch.exchange.orders import read_order
from stanch.exchange.parties import Party
from stanch.exchange.secret_files import read_secret
from stanch.exchange.signatures import SIGNATURE, TIMESTAMP, WINDOW, sign, verify
from stanch.intake.readers.iso20022_rows import rows_of
from stanch.intake.readers.iso20022_xml import read_message, text, texts
from stanch.model.errors import ConfigError, InputError
from stanch.privacy.identity import Identity
from stanch.store.rows import OutboxRow

SIDES = (Party("Anti-fraud centre"), Party("bank_b", "NWBKGB2L"))
LONG = "a reason of many words, " * 20


def written(house: House, row: OutboxRow) -> bytes:
    return as_iso20022(row, SIDES, house.vault, NOW)


@pytest.mark.parametrize("measure", ["stop", "return"])
def test_a_stop_of_a_payment_is_a_recall_for_fraud(house: House, measure: str) -> None:
    message = read_message(written(house, house.order(measure=measure, reason=LONG)))
    payment = message.body.find("Undrlyg/TxInf")
    assert message.name == "camt.056"
    assert text(message.body, "Case/Id") == f"o{NOW}-1/{measure}"
    assert text(payment, "CxlRsnInf/Rsn/Cd") == "FRAD"
    assert text(payment, "OrgnlUETR") == UETR
    assert text(payment, "OrgnlTxRef/CdtrAcct/Id/IBAN") == ACCOUNT
    assert text(payment, "OrgnlIntrBkSttlmAmt") == "1234.56"
    assert LONG.strip()[-60:] in "".join(texts(payment, "CxlRsnInf/AddtlInf"))


def test_of_several_payments_none_is_given_a_sum_of_its_own(house: House) -> None:
    message = read_message(written(house, house.order(payments=[f"pacs.008:{UETR}", "pacs.008:M1/T7"])))
    assert text(message.body, "CtrlData/NbOfTxs") == "2"
    assert list(texts(message.body, "Undrlyg/TxInf/OrgnlTxId")) == ["M1/T7"]
    assert text(message.body, "Undrlyg/TxInf/OrgnlIntrBkSttlmAmt") is None


@pytest.mark.parametrize("measure", ["query", "freeze", "release", "stop"])
def test_what_is_ordered_about_an_account_is_a_request_of_the_authority(house: House, measure: str) -> None:
    message = read_message(written(house, house.order(measure=measure, payments=[], currency="JPY")))
    assert message.name == "auth.001"
    assert text(message.body, "InvstgtnId") == f"o{NOW}-1/{measure}"
    assert text(message.body, "SchCrit/Acct/Id/Id/IBAN") == ACCOUNT
    assert text(message.body, "SchCrit/Acct/AuthrtyReqTp/MsgNm") == f"{measure}: 123,456 JPY, not more"
    assert "Objection: write to the centre within 10 days" in list(texts(message.body, "SplmtryData/Envlp/Ordr/Ln"))


def test_an_own_number_and_a_wallet_are_named_as_what_they_are(house: House) -> None:
    own, wallet = Identity(b"1" * 16, "account", "account", "DE00-own-7"), Identity(b"2" * 16, "wallet", "own", "w-1")
    house.vault.put([own, wallet])
    for identity, scheme in ((own, None), (wallet, "wallet")):
        row = house.order(account=identity.pseudonym.hex(), payments=[])
        found = read_message(written(house, row)).body.find("SchCrit/Acct/Id/Id/Othr")
        assert (text(found, "Id"), text(found, "SchmeNm/Prtry")) == (identity.normalised, scheme)


def test_a_message_is_the_same_whenever_it_is_made(house: House) -> None:
    row = house.order()
    assert as_iso20022(row, SIDES, house.vault, NOW) == as_iso20022(row, SIDES, house.vault, NOW * 2)


def test_the_answer_to_a_recall_finds_its_order(house: House) -> None:
    order = read_order(house.order())
    ((_, answer),) = rows_of(read_message(camt_029(case=order.case)))
    assert isinstance(answer, dict)
    assert (answer["ref"], answer["detail"]) == (order.order, "in_force")


def test_a_signature_holds_for_one_body_one_id_and_a_short_time() -> None:
    headers = sign(b"secret", "S1", b"{}", NOW)
    assert verify(b"secret", headers, b"{}", NOW + WINDOW) == "S1"
    changes = [
        (b"secret", headers, b"{ }", NOW, "signature"),
        (b"other", headers, b"{}", NOW, "signature"),
        (b"secret", headers | {"Stanch-Id": "S2"}, b"{}", NOW, "signature"),
        (b"secret", headers | {TIMESTAMP: "١٧"}, b"{}", NOW, "whole seconds"),
        (b"secret", headers | {SIGNATURE: "é"}, b"{}", NOW, "signature"),
        (b"secret", {}, b"{}", NOW, "headers"),
        (b"secret", headers, b"{}", NOW + WINDOW + 1_000_000, "mend the clock"),
        (b"secret", headers, b"{}", NOW - WINDOW - 1_000_000, "mend the clock"),
    ]
    for secret, found, body, now, why in changes:
        with pytest.raises(InputError, match=why):
            verify(secret, found, body, now)


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ("{}", "either webhook or folder"),
        ("{webhook: 'https://a', folder: b}", "either webhook or folder"),
        ("{webhook: 'https://a'}", "secret_file"),
        ("{webhook: 'http://example.org', secret_file: a}", "https"),
        ("{webhook: 'file:///x', secret_file: a}", "https"),
        ("{mail: a}", "mail"),
    ],
)
def test_a_way_that_cannot_work_is_refused_by_its_key(way: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        parse_config(f"sender: {{name: us}}\ninstitutions: {{bank_b: {way}}}")


def test_a_secret_that_others_may_read_or_guess_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "hook.secret"
    secret.write_text("a secret of both sides")
    secret.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_secret(secret)
    secret.chmod(0o600)
    assert read_secret(secret) == b"a secret of both sides"
    secret.write_text("short")
    with pytest.raises(ConfigError, match="16 or more"):
        read_secret(secret)


def test_an_order_without_basis_cannot_leave(house: House) -> None:
    row = house.order()
    without = {k: v for k, v in msgspec.json.decode(row.body).items() if k != "basis"}
    with pytest.raises(InputError, match="basis or power"):
        read_order(msgspec.structs.replace(row, body=msgspec.json.encode(without).decode()))
