from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.intake.identifiers import normalise
from stanch.intake.persons import resident_check
from stanch.model.entities import ENTITY_KINDS
from stanch.model.errors import InputError


def normal(clear: str) -> str:
    return normalise(clear)[1].normalised


@pytest.mark.parametrize(
    ("clear", "form", "number_type", "block"),
    [
        ("card:13812345678", "+8613812345678", "mobile", "1381234"),
        ("card:+86 138-1234-5678", "+8613812345678", "mobile", "1381234"),
        ("card:008613812345678", "+8613812345678", "mobile", "1381234"),
        ("card:8613812345678", "+8613812345678", "mobile", "1381234"),
        ("iot_card:1064812345678", "+861064812345678", "iot", "1064812"),
        ("iot_card:+861064912345678", "+861064912345678", "iot", "1064912"),
        ("iot_card:1440123456789", "+861440123456789", "iot", "1440123"),
        ("card:14612345678", "+8614612345678", "data", "1461234"),
        ("card:14912345678", "+8614912345678", "data", "1491234"),
        ("card:95588", "86:95588", "short", "95588"),
        ("card:110", "86:110", "short", "110"),
        ("card:12381", "86:12381", "short", "12381"),
        ("card:10690123456789", "86:10690123456789", "port", "1069012"),
        ("card:010-62345678", "+861062345678", "fixed", "1062345"),
        ("card:+14155552671", "+14155552671", "other", "4155552"),
        ("card:+447911123456", "+447911123456", "mobile", "7911123"),
    ],
)
def test_numbers_of_every_plan_have_one_form(clear: str, form: str, number_type: str, block: str) -> None:
    found = normalise(clear)[1]
    assert (found.normalised, found.type, found.range) == (form, number_type, block)


def test_a_spoofed_number_is_taken_as_dialled_because_those_calls_matter() -> None:
    found = normalise("card:+0008613800000")[1]
    assert (found.type, found.country) == ("other", None)


@pytest.mark.parametrize("clear", ["card:", "card:abc", "card:+", "card:12", "card:1" + "0" * 40])
def test_what_is_no_number_is_refused(clear: str) -> None:
    with pytest.raises(InputError, match="not a phone number"):
        normalise(clear)


def test_three_lengths_of_an_imei_are_one_device() -> None:
    assert normal("device:35209900176148") == normal("device:352099001761481") == normal("device:3520990017614823")
    assert normalise("device:352099001761481")[1].tac == "35209900"


def test_an_imei_may_end_in_the_zero_that_networks_send() -> None:
    assert normal("device:352099001761480") == normal("device:352099001761481")
    with pytest.raises(InputError, match="wrong check digit in an IMEI"):
        normalise("device:352099001761482")


def test_a_resident_id_is_one_person_in_both_lengths() -> None:
    assert normal("person:11010519491231002x") == "11010519491231002X"
    assert normal("person:110105491231002") == "11010519491231002X"


@pytest.mark.parametrize("area", ["830000", "810000", "820000"])
def test_residents_from_hong_kong_macao_and_taiwan_are_people_too(area: str) -> None:
    seventeen = f"{area}19900101001"
    assert normal(f"person:{seventeen}{resident_check(seventeen)}").startswith(area)


def test_a_wrong_resident_id_is_refused_without_being_repeated() -> None:
    with pytest.raises(InputError, match="wrong check digit in a resident id") as error:
        normalise("person:110105194912310021")
    assert "110105" not in str(error.value)
    seventeen = "11010519491331002"
    with pytest.raises(InputError, match="no such birth date"):
        normalise(f"person:{seventeen}{resident_check(seventeen)}")


def test_a_credit_code_is_checked_and_written_in_capitals() -> None:
    assert normal("company:91110000600037341l") == "91110000600037341L"
    with pytest.raises(InputError, match="wrong check character"):
        normalise("company:911100006000373412")


def test_a_bank_card_that_fails_luhn_is_taken_with_a_warning() -> None:
    good, bad = normalise("account:4111 1111 1111 1111")[1], normalise("account:4111111111111112")[1]
    assert (good.normalised, good.bin, good.warning) == ("4111111111111111", "411111", None)
    assert bad.warning == "card number fails Luhn"


def test_an_iban_shows_country_and_bank_and_must_check() -> None:
    found = normalise("account:DE89 3704 0044 0532 0130 00")[1]
    assert (found.normalised, found.country, found.bin) == ("DE89370400440532013000", "DE", "DE37040044")
    with pytest.raises(InputError, match="not a valid IBAN"):
        normalise("account:DE88370400440532013000")


def test_an_iccid_is_never_refused() -> None:
    assert normalise("sim:8986011684013023742F")[1].warning is None
    assert normalise("sim:8986011684013023741")[1].warning == "ICCID fails Luhn"


def test_addresses_show_their_network() -> None:
    assert normalise("address:203.0.113.7")[1].subnet == "203.0.113.0/24"
    assert normalise("address:2001:db8:1:2::3")[1].subnet == "2001:db8:1::/48"
    assert normal("address:::ffff:203.0.113.7") == "203.0.113.7"
    with pytest.raises(InputError, match="without a port"):
        normalise("address:203.0.113.7:443")


def test_domains_have_one_spelling() -> None:
    assert normal("domain:Pay.Example.") == "pay.example"
    assert normal("domain:支付.example") == "xn--bnq875c.example"
    with pytest.raises(InputError, match="not a domain name"):
        normalise("domain:https://pay.example/x")


@pytest.mark.parametrize(
    "kind", ["person", "company", "account", "wallet", "merchant", "user", "outlet", "employee", "place"]
)
def test_a_senders_own_id_is_accepted_where_nothing_national_applies(kind: str) -> None:
    assert normal(f"{kind}:P0001234") == "P0001234"


@pytest.mark.parametrize("clear", ["P1", "robot:1", ":1", ""])
def test_an_entity_without_a_known_kind_is_refused(clear: str) -> None:
    with pytest.raises(InputError, match="no known entity kind"):
        normalise(clear)


@given(st.sampled_from(ENTITY_KINDS), st.text())
def test_any_text_gives_an_identifier_or_an_input_error(kind: str, text: str) -> None:
    try:
        _, found = normalise(f"{kind}:{text}")
    except InputError:
        return
    assert found.normalised


@given(st.sampled_from(ENTITY_KINDS), st.text(alphabet="0123456789+-. ABCXabcx@/", min_size=1, max_size=24))
def test_normalising_twice_changes_nothing(kind: str, text: str) -> None:
    try:
        first = normal(f"{kind}:{text}")
    except InputError:
        return
    assert normal(f"{kind}:{first}") == first
