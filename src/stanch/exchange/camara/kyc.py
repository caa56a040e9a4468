"""The answer of KYC Match: one field for each field that was asked about, and a score beside some that differ."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import UNSET, Meta, UnsetType, defstruct

from stanch.exchange.camara.shapes import Answer, KycMatch, Match

Score = Annotated[int, Meta(ge=0, le=100)]

#: Fields of the request that describe others or name the subject: they are not matched themselves.
UNMATCHED: Final = ("phone_number", "id_document_type", "id_document_expiry_date")
#: Facts that a request can ask about, as attributes of ``KycMatch``.
MATCHED: Final = tuple(name for name in KycMatch.__struct_fields__ if name not in UNMATCHED)

_FIELDS: Final = [(f"{name}_match", Match | UnsetType, UNSET) for name in MATCHED] + [
    (f"{name}_match_score", Score | UnsetType, UNSET) for name in MATCHED
]

#: ``nameMatch``, ``nameMatchScore`` ...: we answer without scores, others may send them.
KycResult = defstruct("KycResult", _FIELDS, bases=(Answer,), frozen=True, rename="camel")
