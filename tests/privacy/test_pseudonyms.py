from __future__ import annotations

import hashlib
import hmac

import pytest

from stanch.model.errors import ConfigError
from stanch.privacy.pseudonyms import Keys, key_check, pseudonym, text_digest

KEYS = Keys(b"p" * 32, b"d" * 32)


def test_a_pseudonym_is_the_cut_hmac_of_version_scheme_and_normal_form() -> None:
    expected = hmac.new(b"p" * 32, b"1|phone|+8613800000000", hashlib.sha256).digest()[:16]
    assert pseudonym(KEYS, "phone", "+8613800000000") == expected


def test_scheme_version_and_key_each_change_the_pseudonym() -> None:
    others = {
        pseudonym(KEYS, "phone", "1"),
        pseudonym(KEYS, "account", "1"),
        pseudonym(Keys(b"p" * 32, b"d" * 32, 2), "phone", "1"),
        pseudonym(Keys(b"q" * 32, b"d" * 32), "phone", "1"),
    }
    assert len(others) == 4


def test_a_text_digest_fits_a_signed_integer_and_depends_on_its_key() -> None:
    digests = [text_digest(KEYS, f"text {n}") for n in range(1000)]
    assert all(0 <= digest < 2**63 for digest in digests)
    assert len(set(digests)) == 1000
    assert text_digest(Keys(b"p" * 32, b"e" * 32), "text 0") != digests[0]


def test_keys_are_never_printed() -> None:
    assert "pppp" not in repr(KEYS)
    assert key_check(KEYS) != key_check(Keys(b"p" * 32, b"e" * 32))


def test_short_keys_are_refused() -> None:
    with pytest.raises(ConfigError, match="32 bytes"):
        Keys(b"p", b"d" * 32)
