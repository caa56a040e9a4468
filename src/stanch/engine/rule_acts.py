"""What people may do about the rules: propose, approve what another proposed, go back, try beside. Pure checks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from stanch.model.errors import InputError, SamePersonError, UnknownVersionError
from stanch.store.rows import RuleActRow

PROPOSED: Final = "rules_proposed"
APPROVED: Final = "rules_approved"
ROLLED_BACK: Final = "rules_rolled_back"
SHADOWED: Final = "rules_shadowed"

#: Fewest characters by which a version may be named.
_SHORTEST: Final = 12


def full_hash(written: str, known: Collection[str]) -> str:
    """Return the hash of a version that begins so.

    Raises UnknownVersionError where none or several do, or it is too short.
    """
    text = written.strip().lower()
    found = sorted(each for each in set(known) if each.startswith(text))
    if len(text) < _SHORTEST or not found:
        shown = ", ".join(sorted({each[:_SHORTEST] for each in known})) or "none"
        raise UnknownVersionError(
            f"no version {written!r}; name one by its hash or its first {_SHORTEST} digits or more; known: {shown}"
        )
    if len(found) > 1:
        raise UnknownVersionError(f"{len(found)} versions begin with {written!r}; give more digits")
    return found[0]


def open_proposal(acts: Sequence[RuleActRow], version: str) -> RuleActRow | None:
    """Return the proposal of a version that nobody has approved yet."""
    about = [act for act in acts if act.hash == version and act.kind in (PROPOSED, APPROVED)]
    return about[-1] if about and about[-1].kind == PROPOSED else None


def check_proposal(acts: Sequence[RuleActRow], version: str, live: str) -> None:
    """Refuse a proposal that would change nothing, or stands already. Raises InputError."""
    if version == live:
        raise InputError(f"{version[:_SHORTEST]} decides already; change the policy or a typology first")
    standing = open_proposal(acts, version)
    if standing is not None and standing.replaces == live:
        raise InputError(f"{version[:_SHORTEST]} is proposed already; another person approves it: stanch rules approve")


def check_approval(acts: Sequence[RuleActRow], version: str, live: str, person: bytes) -> RuleActRow:
    """Return the proposal that a person may approve.

    Raises SamePersonError for one's own, InputError for one that is unknown or was overtaken.
    """
    proposal = open_proposal(acts, version)
    if proposal is None:
        raise InputError(f"{version[:_SHORTEST]} is not waiting for approval; stanch rules list shows what is")
    if proposal.person == person:
        raise SamePersonError(
            f"{version[:_SHORTEST]} was proposed by the same person; somebody else must approve it, nothing changed"
        )
    if proposal.replaces != live:
        raise InputError(
            f"{version[:_SHORTEST]} was proposed when {proposal.replaces[:_SHORTEST]} decided, now {live[:_SHORTEST]} "
            "does; propose it again on what decides now"
        )
    return proposal


def check_return(former: Collection[str], version: str, live: str) -> None:
    """Refuse to go back to rules that never decided here, or that decide now. Raises InputError."""
    if version == live:
        raise InputError(f"{version[:_SHORTEST]} decides now; nothing to go back to")
    if version not in former:
        raise InputError(
            f"{version[:_SHORTEST]} never decided here; only a former version can be gone back to, "
            "a new one is proposed and approved"
        )


def on_trial(acts: Sequence[RuleActRow], live: str) -> RuleActRow | None:
    """Return the act that put rules on trial that are still tried: not ended, and not in force since."""
    last = next((act for act in reversed(acts) if act.kind == SHADOWED), None)
    if last is None or not last.hash or last.hash == live:
        return None
    began = any(act.kind in (APPROVED, ROLLED_BACK) and act.seq > last.seq and act.hash == last.hash for act in acts)
    return None if began else last


def failed_key(act: RuleActRow) -> str:
    """Return under which key the log keeps why a trial failed."""
    return f"shadow {act.seq} failed"
