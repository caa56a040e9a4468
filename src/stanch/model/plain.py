"""Plain data from YAML text, without YAML's surprises: ``on`` is a word, and a key may stand once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from stanch.model.errors import ConfigError

# In C where there is one: it takes a tenth of the time, and hundreds of rules are read at each start.
if TYPE_CHECKING or not yaml.__with_libyaml__:
    from yaml import SafeLoader as _Safe
else:
    from yaml import CSafeLoader as _Safe


class _Loader(_Safe):
    """The safe loader, with ``true`` and ``false`` as its only truth values and no repeated keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        """Build a mapping; refuse a key that stands twice."""
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                line = node.start_mark.line + 1
                raise ConfigError(f"key {key!r} stands twice in the mapping at line {line}; keep one")
        mapping: dict[object, object] = super().construct_mapping(node, deep)
        return mapping


_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for first, resolvers in _Safe.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"true|false"), ["t", "f"])


def plain_from_yaml(text: str, name: str) -> object:
    """Return the plain data of one YAML text; ``name`` is named in errors.

    Raises ConfigError where the text is not YAML or repeats a key.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not YAML: {' '.join(str(error).split())}; mend the text") from None
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None
