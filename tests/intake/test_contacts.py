from __future__ import annotations

import pytest

from stanch.intake.contacts import Contact, replace_contacts


def found_in(text: str) -> tuple[str, list[Contact]]:
    found: list[Contact] = []

    def keep(contact: Contact) -> bytes:
        found.append(contact)
        return bytes([len(found)]) * 16

    return replace_contacts(text, keep)[0], found


@pytest.mark.parametrize(
    ("text", "scheme", "normalised"),
    [
        ("加微信abc_123领取", "contact", "wechat/abc_123"),
        ("加VX：Abc-12345 详聊", "contact", "wechat/abc-12345"),
        ("扣扣 123456789", "contact", "qq/123456789"),
        ("QQ群:98765432", "contact", "qq/98765432"),
        ("telegram @some_gang", "contact", "telegram/some_gang"),
        ("详见 https://Pay.Example/a?b=1 速来", "domain", "pay.example"),
        ("访问 loan-fast.top/x", "domain", "loan-fast.top"),
        ("mail Bob.X@mail.example now", "contact", "mail/bob.x@mail.example"),
        ("致电13812345678。", "phone", "+8613812345678"),
        ("致电 138 1234 5678", "phone", "+8613812345678"),
        ("转到6228480000000000018", "account", "6228480000000000018"),
    ],
)
def test_a_contact_is_found_and_no_longer_to_be_read(text: str, scheme: str, normalised: str) -> None:
    replaced, found = found_in(text)
    assert [(contact.scheme, contact.normalised) for contact in found] == [(scheme, normalised)]
    assert normalised.rpartition("/")[2] not in replaced
    assert f"⟨{scheme}:010101010101⟩" in replaced


@pytest.mark.parametrize(
    "text",
    [
        "今晚七点吃饭，别忘了带 2 瓶水",
        "房租 3500 元 12 号前",
        "order 2024 at 10:30",
        "lunch at line 5?",
        "See you tomorrow",
    ],
)
def test_ordinary_talk_holds_no_contact(text: str) -> None:
    assert found_in(text) == (text, [])


def test_several_contacts_are_counted_in_order() -> None:
    _, found = found_in("微信 abcde123 或电话 13812345678 网站 http://x.example")
    assert [contact.scheme for contact in found] == ["contact", "phone", "domain"]
