"""Wallet addresses whose check sums hold: TRON, Bitcoin, Ethereum.

Sources: Base58Check, BIP 173 and 350 through ``stdnum.bitcoin``; EIP-55 for mixed-case Ethereum addresses, which needs
the Keccak of before SHA-3 (FIPS 202 with padding 0x01).
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from stdnum import bitcoin

_TRON: Final = re.compile(r"T[1-9A-HJ-NP-Za-km-z]{33}")
_BITCOIN: Final = re.compile(r"[13][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc1|BC1)[0-9a-zA-Z]{11,71}")
_ETHEREUM: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_TRON_PREFIX: Final = 0x41
_ADDRESS_BYTES: Final = 25
_BECH32, _BECH32M = 1, 0x2BC830A3
_ALPHABET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def wallet_chain(address: str) -> str | None:
    """Return ``tron``, ``bitcoin`` or ``ethereum``, or None where the form or the check sum is of none of them."""
    if _ETHEREUM.fullmatch(address):
        return "ethereum" if _ethereum_holds(address) else None
    if _TRON.fullmatch(address):
        return "tron" if _tron_holds(address) else None
    if _BITCOIN.fullmatch(address):
        return "bitcoin" if _bitcoin_holds(address) else None
    return None


def _tron_holds(address: str) -> bool:
    raw = bitcoin.b58decode(address)
    check = hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4]
    return len(raw) == _ADDRESS_BYTES and raw[0] == _TRON_PREFIX and raw[-4:] == check


def _bitcoin_holds(address: str) -> bool:
    if address[:3].lower() != "bc1":
        return bool(bitcoin.is_valid(address))
    if address not in (address.lower(), address.upper()):
        return False
    return _bech32_holds(address.lower())


def _bech32_holds(address: str) -> bool:
    """Say whether the check sum holds: Bech32 for witness version 0, Bech32m for the later ones (BIP 350)."""
    values = [_ALPHABET.find(letter) for letter in address[3:]]
    if min(values) < 0:
        return False
    prefix = [ord(letter) >> 5 for letter in "bc"] + [0] + [ord(letter) & 31 for letter in "bc"]
    return bool(bitcoin.bech32_checksum(prefix + values) == (_BECH32M if values[0] else _BECH32))


def _ethereum_holds(address: str) -> bool:
    """Say whether the case of the letters is the one of EIP-55; one case throughout carries no check and is taken."""
    digits = address[2:]
    if digits in (digits.lower(), digits.upper()):
        return True
    nibbles = keccak_256(digits.lower().encode()).hex()
    return all(
        (letter.isupper() == (int(nibble, 16) >= 8)) if letter.isalpha() else True
        for letter, nibble in zip(digits, nibbles, strict=False)
    )


_LANES: Final = 0xFFFFFFFFFFFFFFFF
_RATE: Final = 136


def keccak_256(message: bytes) -> bytes:
    """Return the 32 bytes of Keccak-256 with the original padding."""
    padded = bytearray(message + b"\x01" + b"\0" * (-(len(message) + 1) % _RATE))
    padded[-1] |= 0x80
    state = [0] * 25
    for begin in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            state[lane] ^= int.from_bytes(padded[begin + 8 * lane : begin + 8 * lane + 8], "little")
        state = _permuted(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _permuted(a: list[int]) -> list[int]:
    """Return the state after the 24 rounds of Keccak-f[1600]; lane (x, y) stands at ``x + 5 * y``."""
    register = 1
    for _ in range(24):
        parity = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        mixed = [parity[(x - 1) % 5] ^ _turned(parity[(x + 1) % 5], 1) for x in range(5)]
        a = [lane ^ mixed[place % 5] for place, lane in enumerate(a)]
        x, y, current = 1, 0, a[1]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            a[x + 5 * y], current = _turned(current, (step + 1) * (step + 2) // 2 % 64), a[x + 5 * y]
        for row in range(0, 25, 5):
            line = a[row : row + 5]
            a[row : row + 5] = [line[x] ^ (~line[(x + 1) % 5] & line[(x + 2) % 5] & _LANES) for x in range(5)]
        for bit in range(7):
            register = (register << 1) ^ ((register >> 7) * 0x171)
            if register & 2:
                a[0] ^= 1 << ((1 << bit) - 1)
    return a


def _turned(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & _LANES
