"""What is said about the rules over HTTP: the bodies of requests, read strictly, and the answers."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeVar

import msgspec

from stanch.api.problems import ApiError, problem_of
from stanch.engine.versions import VersionLine
from stanch.model.errors import ConfigError, InputError, SamePersonError, StanchError, UnknownVersionError

Reason = Annotated[str, msgspec.Meta(max_length=2_000)]
Plain = dict[str, Any]  # Any: plain data of any form, read by its room
_T = TypeVar("_T")


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rules that are proposed, in the form that a version is shown in; what is left out stays as it is in force."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
    policy: Plain | None = None
    typologies: list[Plain] | None = None


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is done about a version; going back needs a reason."""

    reason: Reason = ""


class Versions(msgspec.Struct, frozen=True):
    """All versions, in the order in which they came."""

    data: tuple[VersionLine, ...]


class Version(msgspec.Struct, frozen=True):
    """One version as a whole: policy and typologies as they can be proposed."""

    version: str
    policy: Plain
    typologies: list[Plain]


class _Kept(msgspec.Struct, frozen=True):
    """The parts of a version that people read, as the log keeps it."""

    policy: Plain
    catalogue: list[Plain]


_EMPTY: Final = b"{}"


def version_of(version: str, body: str) -> Version:
    """Return a version as a whole, from the form that the log keeps."""
    kept = msgspec.json.decode(body, type=_Kept)
    return Version(version, kept.policy, kept.catalogue)


def read_said(body: bytes, form: type[_T]) -> _T:
    """Return what a body says; an empty one says nothing. Raises ApiError 400."""
    try:
        return msgspec.json.decode(body or _EMPTY, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ApiError(400, "invalid", f"{error}", param=_field(str(error))) from None


def refusal(error: StanchError) -> ApiError:
    """Return what a person is told whose act was refused."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, SamePersonError):
        return ApiError(403, "same_person", str(error))
    if isinstance(error, UnknownVersionError):
        return ApiError(404, "not_found", str(error))
    if isinstance(error, InputError):
        return ApiError(409, "refused", str(error))
    if isinstance(error, ConfigError):
        return ApiError(400, "invalid_rules", str(error))
    return problem_of(error)


def _field(message: str) -> str | None:
    before, found, after = message.partition("`$.")
    return after.partition("`")[0] if found and before else None
