"""Numbers that pass their own check: phone numbers, device numbers, bank accounts, addresses."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.lab.world.clock import Ints

_Digits = npt.NDArray[np.uint8]

#: Leading digits of mobile numbers by operator, all of them in use in China.
PREFIXES: Final[dict[str, tuple[int, ...]]] = {
    "operator_a": (134, 135, 136, 137, 138, 139, 150, 151, 158, 159, 182, 183, 187, 188, 198),
    "operator_b": (130, 131, 132, 155, 156, 185, 186, 176, 166),
    "operator_c": (133, 153, 180, 181, 189, 177, 191, 199),
}
#: Leading digits of 13-digit numbers for machines.
IOT_PREFIXES: Final = ("10648", "1440")
#: Issuer digits of our made-up banks; no real bank uses them.
BINS: Final[dict[str, int]] = {"bank_a": 629901, "bank_b": 629902, "bank_c": 629903, "bank_d": 629904}
#: And of the accounts through which payment firms pass money on.
FIRM_BINS: Final[dict[str, int]] = {"pay_a": 629911, "pay_b": 629912}
#: Type codes of made-up devices: telephones, modules in machines, and boxes that hold many cards.
TYPE_CODES: Final[dict[str, tuple[int, ...]]] = {
    "phone": tuple(range(35_880_010, 35_880_050)),
    "module": tuple(range(86_770_010, 86_770_020)),
    "box": (35_990_011, 35_990_012),
}
#: Numbers that share all but the last four digits form one range block.
BLOCK: Final = 10_000


def _digits(values: Ints, width: int) -> _Digits:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return ((values[:, None] // powers) % 10).astype(np.uint8)


def _strings(digits: _Digits) -> list[str]:
    text = np.ascontiguousarray(digits + np.uint8(48)).tobytes().decode()
    width = digits.shape[1]
    return [text[start : start + width] for start in range(0, len(text), width)]


def with_check_digit(values: Ints, width: int) -> list[str]:
    """Return numbers of a width with their Luhn digit behind them (ISO/IEC 7812-1, annex B)."""
    digits = _digits(values, width)
    doubled = digits[:, ::-1].copy()
    doubled[:, ::2] *= 2
    doubled[doubled > 9] -= 9
    check = (10 - doubled.sum(axis=1) % 10) % 10
    return _strings(np.column_stack([digits, check.astype(np.uint8)]))


class Numbers:
    """Hands out numbers, none of them twice."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._taken: set[int] = set()
        self._serial = {"device": 0, "account": 0, "address": 0}

    def phones(self, operator: str, count: int) -> list[str]:
        """Return mobile numbers of an operator from all over its ranges."""
        prefixes = np.asarray(PREFIXES[operator], dtype=np.int64)
        drawn: list[int] = []
        while len(drawn) < count:
            more = self._rng.choice(prefixes, count) * 10**8 + self._rng.integers(10**7, 10**8, count)
            fresh = [int(value) for value in dict.fromkeys(more.tolist()) if value not in self._taken]
            drawn += fresh[: count - len(drawn)]
            self._taken.update(drawn)
        return [f"+86{value}" for value in drawn]

    def phone_range(self, operator: str, count: int) -> list[str]:
        """Return consecutive mobile numbers that lie in one range block."""
        while True:
            prefix = int(self._rng.choice(PREFIXES[operator]))
            block = (prefix * 10_000 + int(self._rng.integers(1_000, 10_000))) * BLOCK
            first = block + int(self._rng.integers(0, BLOCK - count))
            wanted = range(first, first + count)
            if self._taken.isdisjoint(wanted):
                self._taken.update(wanted)
                return [f"+86{value}" for value in wanted]

    def machine_numbers(self, count: int) -> list[str]:
        """Return consecutive 13-digit numbers of IoT cards."""
        while True:
            prefix = str(self._rng.choice(IOT_PREFIXES))
            room = 10 ** (13 - len(prefix))
            first = int(prefix) * room + int(self._rng.integers(0, room - count))
            wanted = range(first, first + count)
            if self._taken.isdisjoint(wanted):
                self._taken.update(wanted)
                return [str(value) for value in wanted]

    def devices(self, sort: str, count: int) -> list[str]:
        """Return 15-digit device numbers (IMEI) of a sort: phone, module or box."""
        first = self._serial["device"]
        self._serial["device"] += count
        serial = (np.arange(first, first + count, dtype=np.int64) * 7919) % 10**6
        high = np.arange(first, first + count, dtype=np.int64) // 10**6
        codes = self._rng.choice(np.asarray(TYPE_CODES[sort], dtype=np.int64), count) + high * 100
        return with_check_digit(codes * 10**6 + serial, 14)

    def accounts(self, bank: str, count: int) -> list[str]:
        """Return 19-digit account numbers of a bank or payment firm."""
        first = self._serial["account"]
        self._serial["account"] += count
        serial = np.arange(first, first + count, dtype=np.int64) * 104_729 % 10**12
        return with_check_digit((BINS | FIRM_BINS)[bank] * 10**12 + serial, 18)

    def addresses(self, count: int) -> list[str]:
        """Return addresses of homes and firms, spread so that neighbours in a subnet are few."""
        first = self._serial["address"]
        self._serial["address"] += count
        serial = (np.arange(first, first + count, dtype=np.int64) * 4_294_967 + 65_793) % (2**24 - 2)
        return [f"10.{value >> 16}.{(value >> 8) & 255}.{value & 255}" for value in serial.tolist()]

    def neighbours(self, count: int) -> list[str]:
        """Return addresses that lie in one subnet of a hosting firm, drawn with repetition."""
        net = f"100.{int(self._rng.integers(64, 128))}.{int(self._rng.integers(0, 256))}"
        return [f"{net}.{value}" for value in self._rng.choice(np.arange(1, 255), count, replace=False).tolist()]
