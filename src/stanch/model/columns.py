"""The event columns: one wide table, the same in memory, in the log, in Parquet and in SQL.

In the core a batch of events is one matrix of 64-bit integers (see ``model.batch``): entities and symbols are small
codes given by an interner, times are UTC microseconds, money is minor units, ``NULL`` is the smallest integer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

#: The one representation of "no value" in the core.
NULL: Final = -(2**63)


class ColumnType(IntEnum):
    """How a column is read: what its numbers mean and which operators a condition may use on it."""

    INT = 0  #: a number with order and arithmetic
    TIME = 1  #: UTC microseconds
    ENTITY = 2  #: a pseudonym; equality only
    SYMBOL = 3  #: a word of a small vocabulary; equality only
    STRING = 4  #: carried, never read by the hot path
    BYTES = 5  #: carried, never read by the hot path


class Stage(IntEnum):
    """Who writes the column."""

    SENT = 0  #: the sender
    FACET = 1  #: intake, from the clear form that the pseudonym hides
    ACCEPTED = 2  #: the line, when it accepts the event
    RESOLVED = 3  #: the line, from earlier events


@dataclass(frozen=True, slots=True)
class Column:
    """One event column."""

    name: str
    type: ColumnType
    stage: Stage
    meaning: str


_I, _T, _E, _S = ColumnType.INT, ColumnType.TIME, ColumnType.ENTITY, ColumnType.SYMBOL
_STR, _BIN = ColumnType.STRING, ColumnType.BYTES
_SENT, _FACET, _ACC, _RES = Stage.SENT, Stage.FACET, Stage.ACCEPTED, Stage.RESOLVED

COLUMNS: Final[tuple[Column, ...]] = (
    Column("event_id", _STR, _SENT, "the sender's id of the event"),
    Column("source", _S, _SENT, "the sending institution"),
    Column("happened_at", _T, _SENT, "when it happened, by the sender's clock"),
    Column("known_at", _T, _SENT, "when this deployment learned of it"),
    Column("kind", _S, _SENT, "what happened"),
    Column("src", _E, _SENT, "the acting entity"),
    Column("dst", _E, _SENT, "the receiving entity"),
    Column("holder", _E, _SENT, "person or company that the sender states to be behind dst"),
    Column("device", _E, _SENT, "device used"),
    Column("address", _E, _SENT, "IP address used"),
    Column("place", _E, _SENT, "cell, forum or street address"),
    Column("region", _S, _SENT, "province or city, coarse"),
    Column("channel", _S, _SENT, "app, web, counter, atm, qr, pos, voice, international ..."),
    Column("amount", _I, _SENT, "minor units of the currency"),
    Column("currency", _S, _SENT, "ISO 4217 code"),
    Column("duration", _I, _SENT, "seconds"),
    Column("detail", _S, _SENT, "which fact, list, purpose, outcome or service, by kind"),
    Column("number", _I, _SENT, "a count or value that goes with detail, by kind"),
    Column("attestation", _S, _SENT, "STIR/SHAKEN attestation of a call: A, B, C or none"),
    Column("ref", _STR, _SENT, "event_id of the event this one is about, same source"),
    Column("end_to_end", _STR, _SENT, "reference that all legs of one payment carry: UETR, EndToEndId, order number"),
    Column("text", _BIN, _SENT, "text, contacts replaced by pseudonyms, encrypted under the key of its day"),
    Column("attrs", _STR, _SENT, "the rest, JSON"),
    Column("src_kind", _S, _FACET, "entity kind of src"),
    Column("dst_kind", _S, _FACET, "entity kind of dst"),
    Column("src_country", _S, _FACET, "country of the number or account of src, ISO 3166"),
    Column("dst_country", _S, _FACET, "country of the number or account of dst, ISO 3166"),
    Column("src_type", _S, _FACET, "number type of src: mobile, iot, data, short, port, fixed, voip, other"),
    Column("dst_type", _S, _FACET, "number type of dst"),
    Column("src_range", _S, _FACET, "range block of the number of src"),
    Column("dst_range", _S, _FACET, "range block of the number of dst"),
    Column("src_bin", _S, _FACET, "issuer part of the account of src"),
    Column("dst_bin", _S, _FACET, "issuer part of the account of dst"),
    Column("tac", _S, _FACET, "type allocation code of the device"),
    Column("subnet", _S, _FACET, "network of the address: /24 or /48"),
    Column("contact", _E, _FACET, "first contact found in the text"),
    Column("contacts", _I, _FACET, "number of contacts found in the text"),
    Column("text_digest", _I, _FACET, "keyed digest of the normalised text"),
    Column("text_scam", _I, _FACET, "score of the text as scam, in percent, given when it was taken"),
    Column("text_trade", _I, _FACET, "score as trade in cards, accounts or data, or as laundering, in percent"),
    Column("text_ordinary", _I, _FACET, "score of the text as ordinary, in percent; what is left of 100 is advert"),
    Column("text_personal", _I, _FACET, "number of ids, bank cards, IBANs, passports and plates found in the text"),
    Column("payment", _I, _FACET, "keyed digest of end_to_end: the legs of one payment share it"),
    Column("hour", _I, _FACET, "local hour of the day at which it happened, 0 to 23"),
    Column("seq", _I, _ACC, "position in the log"),
    Column("as_of", _T, _ACC, "the clock of all windows, strictly increasing"),
    Column("late", _I, _ACC, "1 if the event is older than the clock, else 0"),
    Column("src_person", _E, _RES, "holder of src, from earlier events"),
    Column("dst_person", _E, _RES, "holder of dst, from earlier events"),
    Column("src_card", _E, _RES, "card bound to src, from earlier events"),
    Column("dst_card", _E, _RES, "card bound to dst, from earlier events"),
    Column("src_employer", _E, _RES, "employer of src or of its holder, from earlier events"),
    Column("dst_employer", _E, _RES, "employer of dst or of its holder, from earlier events"),
)

BY_NAME: Final[dict[str, Column]] = {column.name: column for column in COLUMNS}

#: Columns of the matrix, in order; the index of a name is its column in the matrix.
MATRIX: Final[tuple[str, ...]] = tuple(c.name for c in COLUMNS if c.type not in (_STR, _BIN))
INDEX: Final[dict[str, int]] = {name: position for position, name in enumerate(MATRIX)}

#: Columns a sender writes, in the order of ``COLUMNS``.
SENT: Final[tuple[str, ...]] = tuple(c.name for c in COLUMNS if c.stage is _SENT)
#: Columns of an event as intake hands it to the line: sent columns and facets.
TAKEN: Final[tuple[str, ...]] = tuple(c.name for c in COLUMNS if c.stage in (_SENT, _FACET))
#: Facets that say what a model read in a text: they depend on the model, and the sender did not write them.
TEXT_SCORES: Final = ("text_scam", "text_trade", "text_ordinary", "text_personal")
#: All facets of a text.
TEXT_FACETS: Final = ("contact", "contacts", "text_digest", *TEXT_SCORES)
ENTITIES: Final[tuple[str, ...]] = tuple(c.name for c in COLUMNS if c.type is _E)
SYMBOLS: Final[tuple[str, ...]] = tuple(c.name for c in COLUMNS if c.type is _S)
