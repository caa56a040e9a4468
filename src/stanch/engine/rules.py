"""The rules in force: a policy and a catalogue under one content hash, as files and as the log keeps them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from stanch.decide.policy import Policy, parse_policy, plain_policy, policy_from_plain
from stanch.law.pack import Pack, pack_from_plain, parse_pack
from stanch.model.errors import ConfigError
from stanch.model.kinds import FORMAT_VERSION
from stanch.store.catalogue_files import load_folder, load_shipped
from stanch.typologies.catalogue import Catalogue, catalogue_from_plain

#: Raised whenever the code decides otherwise on the same policy and catalogue.
DECIDING_CODE: Final = 5


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decides, apart from the log."""

    policy: Policy
    catalogue: Catalogue
    law: Pack

    @property
    def hash(self) -> str:
        """SHA-256 over policy, catalogue, format and code version."""
        parts = (self.policy.hash, self.catalogue.hash, self.law.hash, str(FORMAT_VERSION), str(DECIDING_CODE))
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    def body(self) -> str:
        """The whole of the rules as JSON, as the log keeps them."""
        return json.dumps(
            {"policy": plain_policy(self.policy), "catalogue": self.catalogue.plain(), "law": self.law.plain},
            ensure_ascii=False,
        )


def read_rules(body: str) -> Rules:
    """Return rules from the form that the log keeps."""
    data = json.loads(body)
    return Rules(
        policy_from_plain(data["policy"], "stored policy"),
        catalogue_from_plain(data["catalogue"]),
        pack_from_plain(data["law"], "stored law"),
    )


def load_rules(policy: Path | None = None, typologies: Path | None = None) -> Rules:
    """Return the rules of files, shipped ones where none is named. Raises ConfigError."""
    catalogue = load_shipped() if typologies is None else load_folder(typologies)
    if policy is None:
        shipped = files("stanch.decide") / "start.yaml"
        return _with_law(parse_policy(shipped.read_text(encoding="utf-8"), "start.yaml"), catalogue)
    try:
        text = policy.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{policy}: cannot be read as a policy: {error}; name a YAML file in UTF-8") from None
    return _with_law(parse_policy(text, policy.name), catalogue)


def load_law(name: str) -> Pack:
    """Return a shipped pack of the law. Raises ConfigError naming the packs there are."""
    folder = files("stanch.law") / "packs"
    known = sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    if name not in known:
        raise ConfigError(f"follow.law: unknown pack {name!r}; known: {', '.join(known)}")
    return parse_pack((folder / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")


def _with_law(policy: Policy, catalogue: Catalogue) -> Rules:
    return Rules(policy, catalogue, load_law(policy.follow.law))
