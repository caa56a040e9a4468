"""Plain data from YAML text, without YAML's surprises: ``on`` is a word, and a key may stand once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event

from stanch.model.errors import ConfigError

# In C where there is one: it takes a tenth of the time, and hundreds of rules are read at each start.
if TYPE_CHECKING or not yaml.__with_libyaml__:
    from yaml import SafeLoader as _Safe
else:
    from yaml import CSafeLoader as _Safe

#: Deeper than anything that is read here; the reader in C would end the process, were it deeper still.
_DEEPEST: Final = 100


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


def sound_yaml(text: str) -> object:
    """Return the plain data of a YAML text, as YAML has it. Raises yaml.YAMLError."""
    return _loaded(text, _Safe)


def plain_from_yaml(text: str, name: str) -> object:
    """Return the plain data of one YAML text; ``name`` is named in errors.

    Raises ConfigError where the text is not YAML or repeats a key.
    """
    try:
        return _loaded(text, _Loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not YAML: {' '.join(str(error).split())}; mend the text") from None
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


def _loaded(text: str, loader: type[_Safe]) -> object:
    _check_shape(text)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - a subclass of the safe loader
    except ValueError as error:  # a day that no calendar has, a number of thousands of digits
        raise yaml.YAMLError(f"a value that cannot be read ({error})") from None


def _check_shape(text: str) -> None:
    """Refuse what exhausts a reader: nesting without end, and branches that name each other and unfold to millions."""
    depth, branches = 0, set[str]()
    for event in yaml.parse(text, Loader=_Safe):
        if isinstance(event, CollectionStartEvent):
            depth += 1
            branches |= {event.anchor} if event.anchor else set()
            if depth > _DEEPEST:
                raise yaml.YAMLError(f"nested deeper than {_DEEPEST}, at line {_line(event)}")
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        elif isinstance(event, AliasEvent) and event.anchor in branches:
            raise yaml.YAMLError(f"*{event.anchor} at line {_line(event)} stands for a whole branch; write it out")


def _line(event: Event) -> int:
    return 0 if event.start_mark is None else event.start_mark.line + 1
