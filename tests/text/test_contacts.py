from __future__ import annotations

import pytest

from stanch.text.contacts import KINDS, find_contacts
from stanch.text.wallets import keccak_256, wallet_chain


@pytest.mark.parametrize(
    ("text", "kind", "plain", "written"),
    [
        ("电话一三八一二三四五六七八", "phone", "13812345678", "一三八一二三四五六七八"),
        ("l38oo138ooo 联系", "phone", "13800138000", "l38oo138ooo"),
        ("找１３８００１３８０００", "phone", "13800138000", "１３８００１３８０００"),
        ("1 3 8-0 0 1 3 8 0 0 0", "phone", "13800138000", "1 3 8-0 0 1 3 8 0 0 0"),
        ("138.1234.5678", "phone", "13812345678", "138.1234.5678"),
        ("+65 9123 4567", "phone", "+6591234567", "+65 9123 4567"),
        ("0755-26123456", "phone", "075526123456", "0755-26123456"),
        ("400-820-8820 转 1", "phone", "4008208820", "400-820-8820"),
        ("hxxps://evil[.]com/a", "link", "https://evil.com/a", "hxxps://evil[.]com/a"),
        ("上 evil点com 看", "link", "evil.com", "evil点com"),
        ("t.me/gang_1", "link", "t.me/gang_1", "t.me/gang_1"),
        ("➕🛰：ab_c123", "wechat", "ab_c123", "🛰：ab_c123"),
        ("薇❤ abc123", "wechat", "abc123", "薇❤ abc123"),
        ("+v abc123", "wechat", "abc123", "+v abc123"),
        ("扣扣 123456789", "qq", "123456789", "扣扣 123456789"),
        ("飞机 @some_gang", "telegram", "some_gang", "飞机 @some_gang"),
        ("找 @some_gang", "handle", "some_gang", "@some_gang"),
        ("a[at]b[.]example", "mail", "a@b.example", "a[at]b[.]example"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t 收u", "wallet", "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
         "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
    ],
)  # fmt: skip
def test_a_contact_is_found_however_it_is_hidden(text: str, kind: str, plain: str, written: str) -> None:
    found = find_contacts(text)
    assert [(c.kind, c.normalised, text[c.start : c.stop]) for c in found] == [(kind, plain, written)]
    assert kind in KINDS


@pytest.mark.parametrize(
    "text",
    ["2024年10月12日 10:20:30", "合计 1,234,567.89 元", "一二三四，再来一次", "iPhone 15 pro", "lunch at line 5?",
     "v5 版本", "",
     "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u"],
)  # fmt: skip
def test_sums_dates_and_talk_are_no_contacts(text: str) -> None:
    assert find_contacts(text) == ()


@pytest.mark.parametrize(
    ("address", "chain"),
    [
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "ethereum"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", None),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bitcoin"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", None),
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "bitcoin"),
        ("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "bitcoin"),
        ("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", None),
    ],
)
def test_a_wallet_counts_only_where_its_check_holds(address: str, chain: str | None) -> None:
    assert wallet_chain(address) == chain


def test_keccak_is_the_one_before_sha_3() -> None:
    assert keccak_256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
