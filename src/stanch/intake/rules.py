"""Rules: what a row must hold to be an event, column by column, read off the table of kinds.

``model.events`` states the same rules for single events; a test holds both to the same answers.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stanch.intake.identities import Named
from stanch.intake.problems import Mask, Problems, listing
from stanch.intake.words import ABSENT, Codes, Words
from stanch.model.currencies import CURRENCIES
from stanch.model.entities import ENTITY_KINDS
from stanch.model.events import ATTESTATIONS, EARLIEST, LATEST, entity_kinds, roles_open, shown
from stanch.model.kinds import INTERNAL, KINDS
from stanch.model.money import MAX_AMOUNT

KIND_NAMES: Final = tuple(name for name in KINDS if name not in INTERNAL)
_KIND_NUMBER: Final = {name: number for number, name in enumerate(KIND_NAMES)}
_ENTITIES: Final = len(ENTITY_KINDS)


def _allowed(role: str) -> npt.NDArray[np.bool_]:
    """Return kinds x (entity kinds + empty): what may stand in a role; the last column is the empty role."""
    table = np.zeros((len(KIND_NAMES), _ENTITIES + 1), np.bool_)
    for number, name in enumerate(KIND_NAMES):
        kind = KINDS[name]
        listed = kind.src if role == "src" else kind.dst
        allowed = listed or (ENTITY_KINDS if roles_open(kind) else ())
        for entity in allowed:
            table[number, ENTITY_KINDS.index(entity)] = True
        table[number, _ENTITIES] = not listed and role not in kind.needs
    return table


_ROLES: Final = {role: _allowed(role) for role in ("src", "dst")}


def check_kinds(words: Words, codes: Codes, problems: Problems) -> npt.NDArray[np.int64]:
    """Return the number of each row's kind; refuse rows without a kind that a sender may use."""
    numbers = np.full(len(codes), ABSENT, np.int64)
    for code in np.unique(codes):
        rows = codes == code
        if code == ABSENT:
            problems.refuse(rows, "kind is empty; every event says what happened")
            continue
        word = words.word(int(code))
        number = _KIND_NUMBER.get(word)
        if number is None:
            problems.refuse(rows, f"unknown kind {shown(word)}; known: {listing(KIND_NAMES)}")
        else:
            numbers[rows] = number
    return numbers


def check_role(role: str, kinds: npt.NDArray[np.int64], named: Named, problems: Problems) -> None:
    """Refuse rows whose src or dst is of a kind that this event does not have there."""
    entities = named.kinds().astype(np.int64)
    entities[entities == ABSENT] = _ENTITIES
    wrong = (kinds != ABSENT) & ~_ROLES[role][kinds, entities] & problems.good()
    for number in np.unique(kinds[wrong]):
        kind = KINDS[KIND_NAMES[number]]
        of_kind = wrong & (kinds == number)
        expected = entity_kinds(kind, role) or "nothing"
        for entity in np.unique(entities[of_kind]):
            got = "nothing" if entity == _ENTITIES else ENTITY_KINDS[entity]
            problems.refuse(of_kind & (entities == entity), f"{role} of {kind.name} is {got}; expected {expected}")


def check_identifiers(column: str, words: Words, named: Named, problems: Problems) -> None:
    """Refuse rows whose identifier in a column is wrong."""
    if named.empty:
        return
    reasons = named.reasons()
    for code in np.unique(reasons[reasons != ABSENT]):
        problems.refuse(reasons == code, f"{column}: {words.word(int(code))}")


#: Entity kinds that belong in the columns beside src and dst.
BESIDE: Final[dict[str, tuple[str, ...]]] = {
    "holder": ("person", "company"),
    "device": ("device",),
    "address": ("address",),
    "place": ("place",),
}


def check_beside(column: str, named: Named, problems: Problems) -> None:
    """Refuse rows whose holder, device, address or place is an entity of another kind."""
    if named.empty:
        return
    kinds = named.kinds()
    right = np.isin(kinds, [ENTITY_KINDS.index(kind) for kind in BESIDE[column]])
    problems.refuse((kinds != ABSENT) & ~right, f"{column} is of another kind; expected {listing(BESIDE[column])}")


#: Column -> which kinds need it, by number; the last place is for rows of no kind.
_NEEDS: Final = {
    column: np.array([*(column in KINDS[name].needs for name in KIND_NAMES), False])
    for column in ("detail", "number", "amount", "currency", "duration")
}


def check_needs(kinds: npt.NDArray[np.int64], empty: dict[str, Mask], problems: Problems) -> None:
    """Refuse rows that lack a column their kind needs; ``empty`` says by column where it is empty."""
    for column, missing in empty.items():
        wrong = missing & _NEEDS[column][kinds]
        for number in np.unique(kinds[wrong]):
            problems.refuse(wrong & (kinds == number), f"{column} is empty; {KIND_NAMES[number]} needs it")


def check_numbers(columns: dict[str, pa.Array], problems: Problems) -> None:
    """Refuse negative amounts and durations, and amounts beyond what one payment can be."""
    amount = columns["amount"].fill_null(0).to_numpy(zero_copy_only=False)
    problems.refuse(amount < 0, "amount is negative; send the amount as it is and let kind and direction say the rest")
    problems.refuse(amount > MAX_AMOUNT, f"amount is above {MAX_AMOUNT} minor units; check the unit of the column")
    duration = columns["duration"].fill_null(0).to_numpy(zero_copy_only=False)
    problems.refuse(duration < 0, "duration is negative; expected seconds, 0 or more")


def check_times(column: str, times: pa.Array, problems: Problems) -> None:
    """Refuse rows with times that no event of this century's telecom and payments can have."""
    micros = times.cast(pa.int64()).fill_null(EARLIEST).to_numpy(zero_copy_only=False)
    problems.refuse((micros < EARLIEST) | (micros >= LATEST), f"{column} lies outside 1970 to 2200; check its unit")


def check_words(words: Words, codes: dict[str, Codes], amount: pa.Array, problems: Problems) -> None:
    """Refuse unknown currencies and attestations, and amounts without a currency."""
    _check_vocabulary(words, codes["currency"], CURRENCIES, "currency is not an ISO 4217 code", problems)
    _check_vocabulary(words, codes["attestation"], ATTESTATIONS, "attestation is none of A, B, C, none", problems)
    bare = amount.is_valid().to_numpy(zero_copy_only=False) & (codes["currency"] == ABSENT)
    problems.refuse(bare, "amount without a currency; send the ISO 4217 code or set it in the mapping")


def _check_vocabulary(words: Words, codes: Codes, allowed: frozenset[str], message: str, problems: Problems) -> None:
    for code in np.unique(codes[codes != ABSENT]):
        if words.word(int(code)) not in allowed:
            problems.refuse(codes == code, f"{message}: {shown(words.word(int(code)))}; correct it at the source")
