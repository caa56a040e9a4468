"""The rules in force: a policy and a catalogue under one content hash, as files and as the log keeps them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Final

from stanch.decide.policy import Policy, parse_policy, plain_policy, policy_from_plain
from stanch.features.definition import LEARNED
from stanch.law.pack import Pack, pack_from_plain, parse_pack
from stanch.model.errors import ConfigError
from stanch.model.faults import all_or_faults
from stanch.model.kinds import FORMAT_VERSION
from stanch.scores.model import Model, model_from_plain, plain_model, read_model
from stanch.store.catalogue_files import load_folder, load_shipped
from stanch.typologies.catalogue import Catalogue, catalogue_from_plain, make_catalogue
from stanch.typologies.definition import typology_from_plain

#: Raised whenever the code decides otherwise on the same policy and catalogue.
DECIDING_CODE: Final = 6


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decides, apart from the log; ``text`` is the hash of the model and lexicon that score texts."""

    policy: Policy
    catalogue: Catalogue
    law: Pack
    models: tuple[Model, ...] = ()
    text: str = ""

    @property
    def hash(self) -> str:
        """SHA-256 over policy, catalogue, models, what texts are scored with, format and code version."""
        parts: tuple[str, ...] = (
            self.policy.hash,
            self.catalogue.hash,
            self.law.hash,
            str(FORMAT_VERSION),
            str(DECIDING_CODE),
        )
        parts += tuple(model.hash for model in self.models)
        parts += (f"text {self.text}",) if self.text else ()
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    def body(self) -> str:
        """The whole of the rules as JSON, as the log keeps them."""
        whole = {"policy": plain_policy(self.policy), "catalogue": self.catalogue.plain(), "law": self.law.plain}
        whole |= {"models": [plain_model(model) for model in self.models], "text": self.text}
        return json.dumps(whole, ensure_ascii=False)


@lru_cache(maxsize=8)
def read_rules(body: str) -> Rules:
    """Return rules from the form that the log keeps; the last ones read are kept, as each start and trial asks."""
    data = json.loads(body)
    return Rules(
        policy_from_plain(data["policy"], "stored policy"),
        catalogue_from_plain(data["catalogue"]),
        pack_from_plain(data["law"], "stored law"),
        tuple(model_from_plain(each, "stored model") for each in data.get("models", ())),
        data.get("text", ""),
    )


def load_rules(policy: Path | None = None, typologies: Path | None = None) -> Rules:
    """Return the rules of files, shipped ones where none is named. Raises ConfigError."""
    catalogue = load_shipped() if typologies is None else load_folder(typologies)
    if policy is None:
        shipped = files("stanch.decide") / "start.yaml"
        return _with_law(parse_policy(shipped.read_text(encoding="utf-8"), "start.yaml"), catalogue)
    return _with_law(_load_policy(policy), catalogue)


def changed_rules(live: Rules, policy: Path | None = None, typologies: Path | None = None) -> Rules:
    """Return rules with another policy, other typologies, or both; the rest, models too, is as in ``live``.

    Raises one ConfigError about everything that is wrong with the files.
    """
    return _changed(
        live,
        None if policy is None else partial(_load_policy, policy),
        None if typologies is None else partial(load_folder, typologies),
    )


def rules_from_plain(live: Rules, policy: object = None, typologies: Iterable[object] | None = None) -> Rules:
    """Return rules as ``changed_rules`` does, from a policy and typologies as plain data.

    Raises one ConfigError about everything that is wrong with them.
    """
    written = None if typologies is None else list(enumerate(typologies, start=1))
    return _changed(
        live,
        None if policy is None else partial(policy_from_plain, policy, "policy"),
        None if written is None else lambda: make_catalogue(all_or_faults(
            partial(typology_from_plain, each, f"typology {at}") for at, each in written
        )),
    )  # fmt: skip


def _changed(live: Rules, policy: Callable[[], Policy] | None, catalogue: Callable[[], Catalogue] | None) -> Rules:
    if policy is None and catalogue is None:
        raise ConfigError("nothing is changed; name a policy, typologies, or both")
    policies, catalogues = [live.policy], [live.catalogue]
    tasks: list[Callable[[], None]] = []
    if policy is not None:
        tasks.append(lambda: policies.append(policy()))
    if catalogue is not None:
        tasks.append(lambda: catalogues.append(catalogue()))
    all_or_faults(tasks)
    law = live.law if policy is None else load_law(policies[-1].follow.law)
    rules = replace(live, policy=policies[-1], catalogue=catalogues[-1], law=law)
    for model in live.models if catalogue is not None else ():
        rules = with_model(rules, model)
    return rules


def _load_policy(policy: Path) -> Policy:
    try:
        text = policy.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{policy}: cannot be read as a policy: {error}; name a YAML file in UTF-8") from None
    return parse_policy(text, policy.name)


def load_model(path: Path) -> Model:
    """Return the model of a file that ``stanch train`` wrote. Raises ConfigError."""
    try:
        return read_model(path.read_bytes(), path.name)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read as a model: {error.strerror}; train one with: stanch train"
        ) from None


def with_model(rules: Rules, model: Model) -> Rules:
    """Return the rules with a model and the typology that its definition makes of the score.

    It takes the place of the model that was asked on the same kind of events. Raises ConfigError.
    """
    on = model.definition.on
    gone = {_finding_id(each) for each in rules.models if each.definition.on == on}
    kept = [typology for typology in rules.catalogue.typologies if typology.id not in gone]
    if model.definition.finding is not None:
        made = typology_from_plain(dict(model.definition.finding), f"model {model.definition.id}: finding")
        if made.on != on or not made.learned:
            raise ConfigError(f"model {model.definition.id}: its finding must be on {on!r} and rest on {LEARNED!r}")
        kept.append(made)
    others = [each for each in rules.models if each.definition.on != on]
    return replace(rules, catalogue=make_catalogue(kept), models=(*others, model))


def _finding_id(model: Model) -> object:
    return None if model.definition.finding is None else model.definition.finding.get("id")


def load_law(name: str) -> Pack:
    """Return a shipped pack of the law. Raises ConfigError naming the packs there are."""
    folder = files("stanch.law") / "packs"
    known = sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    if name not in known:
        raise ConfigError(f"follow.law: unknown pack {name!r}; known: {', '.join(known)}")
    return parse_pack((folder / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")


def _with_law(policy: Policy, catalogue: Catalogue) -> Rules:
    return Rules(policy, catalogue, load_law(policy.follow.law))
