"""What the engine hands to the log in one commit, and what comes back from it."""

from __future__ import annotations

import msgspec

from stanch.store.blocks import Block


class FindingRow(msgspec.Struct, frozen=True):
    """A condition that held on an event. ``subject`` is the pseudonym, 16 bytes; ``episode_new`` starts an alert."""

    seq: int
    typology: str
    subject: bytes
    subject_role: str
    score: float
    step: str
    episode_new: bool
    source: str | None = None  # who sent the event


class MeasureRow(msgspec.Struct, frozen=True):
    """A step taken towards a subject, in its present state; times are UTC microseconds, money minor units.

    The table refuses a step above the machine's delay without person, reason, legal basis, end and a way to object.
    """

    id: str
    seq: int
    step: str
    subject: bytes
    placed_at: int
    state: str
    power: str  # machine, person or the authority whose power it is
    reason: str
    until: int | None = None
    amount: int | None = None
    currency: str | None = None
    person: str | None = None  # who decided
    legal_basis: str | None = None
    objection: str | None = None  # how the person concerned can object
    source: str | None = None  # who sent the event that it was taken on


class OrderStepRow(msgspec.Struct, frozen=True):
    """One step of one order towards an institution; times are UTC microseconds, money minor units.

    The table takes only steps that the state machine of ``decide.orders`` has, each after the one before it. A hold
    that is out needs person, power, reason, basis, end and a way to object; a freeze or return a second person.
    """

    order_id: str
    step: int  # from 1
    seq: int
    at: int
    measure: str
    account: bytes  # pseudonym
    institution: str  # the source it answers under
    currency: str
    from_state: str  # empty on the first step
    to_state: str
    amount: int
    held: int
    acts_as: str  # by what right the actor acts: machine, institution, person, or the power of an authority
    reason: str
    term: str
    basis: str
    objection: str  # how the person concerned can object
    power: str = ""  # whose power the order is; empty until somebody decided
    actor: str | None = None  # who acted, None: the machine
    person: str | None = None  # who decided last
    second: str | None = None  # who decided before that
    until: int | None = None
    follows: str | None = None  # the order that this one replaces, releases or pays out


class NoticeRow(msgspec.Struct, frozen=True):
    """What the holder of an account is told of one step of an order, in one language; ``until`` where a hold ends."""

    order_id: str
    step: int
    language: str
    seq: int
    at: int
    measure: str
    state: str
    account: bytes  # pseudonym
    institution: str  # it knows the holder and passes the text on
    text: str
    until: int | None = None


class Page(msgspec.Struct, frozen=True):
    """Which rows of one sender are asked for: from a place of the log on, before another, and how many."""

    source: str
    since_seq: int = 0
    until_seq: int | None = None
    limit: int = 100


class OutboxRow(msgspec.Struct, frozen=True):
    """A message that must leave the house after the commit; ``body`` is JSON, ``id`` the same in every replay."""

    id: str
    seq: int
    topic: str
    body: str
    created_at: int
    attempts: int = 0


class PolicyRow(msgspec.Struct, frozen=True):
    """A policy as it was activated: its content hash and its whole text."""

    hash: str
    body: str
    activated_seq: int


class VersionRow(msgspec.Struct, frozen=True):
    """Rules that somebody proposed: their content hash, their whole text, and where in the log they were proposed."""

    hash: str
    body: str
    seq: int


class RuleActRow(msgspec.Struct, frozen=True):
    """What a person did about the rules, as the event ``seq`` tells it; ``at`` is the person's time, UTC microseconds.

    ``replaces`` are the rules in force then. An approval names who proposed, and the table refuses it where that is
    the same person.
    """

    seq: int
    kind: str
    hash: str  # empty: a shadow ends
    person: bytes  # pseudonym
    at: int
    reason: str
    replaces: str
    proposer: bytes | None = None


class ShadowRow(msgspec.Struct, frozen=True):
    """What rules on trial would have decided on the event ``seq``, beside what was decided; nobody acts upon it."""

    version: str
    seq: int
    action: str
    live: str
    decision: bytes  # empty where the rules on trial found nothing


class Commit(msgspec.Struct, frozen=True):
    """One batch: everything here is saved, or nothing. ``body`` and ``decisions`` are blocks of ``store.blocks``.

    ``measures`` are inserted, or replace the row with their id. ``progress`` are marks of files read so far.
    """

    first_seq: int
    last_seq: int
    first_as_of: int
    last_as_of: int
    policy: str
    body: bytes
    decisions: bytes = b""
    findings: tuple[FindingRow, ...] = ()
    measures: tuple[MeasureRow, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    policies: tuple[PolicyRow, ...] = ()
    progress: dict[str, str] = {}
    order_steps: tuple[OrderStepRow, ...] = ()
    notices: tuple[NoticeRow, ...] = ()
    versions: tuple[VersionRow, ...] = ()
    rule_acts: tuple[RuleActRow, ...] = ()
    shadows: tuple[ShadowRow, ...] = ()


class LogBlock(msgspec.Struct, frozen=True):
    """One commit read back from the log."""

    first_seq: int
    last_seq: int
    policy: str
    block: Block
    decisions: bytes
