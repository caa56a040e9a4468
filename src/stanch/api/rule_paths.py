"""The part of the OpenAPI document that is about changing rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from stanch.api.rules_said import Proposal, Version, Versions, Word
from stanch.engine.backtest import BacktestReport
from stanch.engine.versions import TrialReport, VersionLine
from stanch.privacy.purposes import RULES_PURPOSE

Plain = dict[str, Any]  # Any: a JSON document

#: What is read and answered.
RULE_TYPES: Final = (Proposal, Word, Versions, Version, VersionLine, TrialReport, BacktestReport)

_ONE: Final = "/v1/rules/{version}"
#: Path and method -> what it does, the body that it reads, and what it answers with.
_ACTS: Final[dict[tuple[str, str], tuple[str, str | None, str]]] = {
    ("/v1/rules", "get"): ("All versions of the rules, and what people did about them", None, "Versions"),
    ("/v1/rules/proposals", "post"): ("Propose rules; another person approves them", "Proposal", "VersionLine"),
    (_ONE, "get"): ("One version as a whole", None, "Version"),
    (f"{_ONE}/try", "post"): ("Decide the last days again under a version; nothing is written", None, "BacktestReport"),
    (f"{_ONE}/shadow", "get"): ("What a version decided otherwise while on trial", None, "TrialReport"),
    (f"{_ONE}/shadow", "post"): ("Let a version decide beside the rules in force, on trial", "Word", "VersionLine"),
    (f"{_ONE}/shadow", "delete"): ("End the trial of a version", None, "VersionLine"),
    (f"{_ONE}/approve", "post"): ("Put into force what another person proposed", "Word", "VersionLine"),
    (f"{_ONE}/rollback", "post"): ("Go back to a version that decided before", "Word", "VersionLine"),
}
_VERSION: Final[Plain] = {
    "name": "version", "in": "path", "required": True,
    "description": "its hash, or the first 12 digits of it or more", "schema": {"type": "string"},
}  # fmt: skip
_DAYS: Final[Plain] = {
    "name": "days",
    "in": "query",
    "required": False,
    "schema": {"type": "integer", "minimum": 1, "maximum": 3650},
}
_PURPOSE: Final[Plain] = {
    "name": "Stanch-Purpose", "in": "header", "required": False,
    "description": "given, people are shown by name and the opening is kept",
    "schema": {"type": "string", "enum": [RULES_PURPOSE]},
}  # fmt: skip


def rule_paths(responses: Callable[[Plain], Plain]) -> dict[str, Plain]:
    """Return the paths; ``responses`` gives those of an operation whose good answer has some content."""
    paths: dict[str, Plain] = {}
    for (path, method), (summary, body, answer) in _ACTS.items():
        paths.setdefault(path, {})[method] = {
            "summary": summary, "description": _described(method, body), "parameters": _parameters(path, method),
            **({} if body is None else {"requestBody": _body(body)}),
            "responses": responses({"application/json": {"schema": _ref(answer)}}),
        }  # fmt: skip
    return paths


def _described(method: str, body: str | None) -> str:
    whose = " The key must be a person's." if body is not None or method == "delete" else ""
    return f"Scope: operate.{whose}"


def _parameters(path: str, method: str) -> list[Plain]:
    found = [_VERSION] if "{version}" in path else []
    if path.endswith("/try"):
        found.append(_DAYS)
    if (path, method) == ("/v1/rules", "get"):
        found.append(_PURPOSE)
    return found


def _body(name: str) -> Plain:
    return {"required": name == "Proposal", "content": {"application/json": {"schema": _ref(name)}}}


def _ref(name: str) -> Plain:
    return {"$ref": f"#/components/schemas/{name}"}
