"""Plain data from YAML text, without YAML's surprises: ``on`` is a word, and a key may stand once."""

from __future__ import annotations

import re

import yaml
from yaml.composer import ComposerError

from stanch.model.errors import ConfigError


class SoundLoader(yaml.SafeLoader):
    """The safe loader without copies of whole branches: a few lines that name each other unfold without end."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Take the next node; refuse an alias of anything but one word or number."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # the library types a part of itself
            if not isinstance(self.anchors.get(event.anchor), yaml.ScalarNode | None):
                raise ComposerError(
                    None, None, f"*{event.anchor} stands for a whole branch; write it out", event.start_mark
                )
        return super().compose_node(parent, index)


class _Loader(SoundLoader):
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
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"true|false"), ["t", "f"])


def sound_yaml(text: str) -> object:
    """Return the plain data of a YAML text, as YAML has it. Raises yaml.YAMLError."""
    return _loaded(text, SoundLoader)


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


def _loaded(text: str, loader: type[SoundLoader]) -> object:
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - a subclass of the safe loader
    except RecursionError:
        raise yaml.YAMLError("nested too deeply; nothing that is read here is") from None
    except ValueError as error:  # a day that no calendar has, a number of thousands of digits
        raise yaml.YAMLError(f"a value that cannot be read ({error})") from None
