"""ISO 20022 messages as XML: read without entities, known by their namespace, held against the schema they name.

The schemas are the dataclasses that pyiso20022 (payments, recalls) and python-iso20022 (authorities) ship.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate

from xsdata.exceptions import ConverterError, ConverterWarning, ParserError
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers import XmlSerializer

from stanch.intake.readers.iso20022_schema import faults
from stanch.model.errors import InputError

_URN: Final = "urn:iso:std:iso:20022:tech:xsd:"
_HEADER: Final = f"{{{_URN}head.001."
#: Versions read, newest last; one is added when a test has seen a message of it.
VERSIONS: Final[dict[str, tuple[str, ...]]] = {
    "pain.001": tuple(f"001.{n:02}" for n in range(9, 13)),
    "pacs.004": tuple(f"001.{n:02}" for n in (9, 10, 11, 13, 14)),  # 12 is not shipped
    "pacs.008": tuple(f"001.{n:02}" for n in range(8, 14)),
    "camt.029": tuple(f"001.{n:02}" for n in range(9, 14)),
    "camt.056": tuple(f"001.{n:02}" for n in range(8, 12)),
    "auth.001": ("001.02",),
    "auth.002": ("001.02",),
}
#: Deeper than any message: what goes on is made to exhaust us.
_DEEPEST: Final = 64
_STRICT: Final = ParserConfig(fail_on_unknown_attributes=True, fail_on_converter_warnings=True)
_NOT_OURS: Final = (ParserError, ConverterError, ConverterWarning, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its name (``pacs.008``), version (``001.08``), body without namespaces, and its header if sent."""

    name: str
    version: str
    body: Element
    header: Element | None = None


def read_message(data: bytes) -> Message:
    """Return a message that fits its schema, bare or behind a business application header.

    Raises InputError for what is no XML, declares a document type, is of another name or version, or breaks the schema.
    """
    root = _tree(data)
    document = root if _local(root) == "Document" else next((c for c in root if _local(c) == "Document"), None)
    if document is None:
        raise InputError(f"no Document in <{_local(root)[:40]}>; send an ISO 20022 message, alone or behind its header")
    name, version = _named(document)
    header = next((child for child in root if child.tag.startswith(_HEADER)), None)
    _check(document, name, version)
    return Message(name, version, _bare(document)[0], None if header is None else _bare(header))


def write_message(name: str, version: str, body: Element) -> bytes:
    """Return a message as XML in its schema's order. Raises InputError where the schema does not allow it."""
    document = _tree(f'<Document xmlns="{_URN}{name}.{version}"/>'.encode())
    space = document.tag.removesuffix("Document")
    document.append(deepcopy(body))
    for element in document.iter():
        element.tag = space + _local(element)
    document.tag = f"{space}Document"
    typed = _check(document, name, version)
    made = XmlSerializer().render(typed, ns_map={None: f"{_URN}{name}.{version}"})
    root = made.split("\n", 1)[-1] if made.startswith("<?xml") else made
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_as_document(root, typed)}\n'.encode()


def _as_document(xml: str, typed: object) -> str:
    """Return the XML under the root's own name: one library names its root class after the message."""
    written = type(typed).__name__
    return (
        xml
        if written == "Document"
        else xml.replace(f"<{written} ", "<Document ").replace(f"</{written}>", "</Document>")
    )


def _tree(data: bytes) -> Element:
    builder, parser, depth = TreeBuilder(), ParserCreate(namespace_separator="}"), 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise InputError(f"elements nested deeper than {_DEEPEST}; no ISO 20022 message is")
        builder.start(_braced(tag), {_braced(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_braced(tag))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, _refuse_doctype
    try:
        parser.Parse(data, True)
    except ExpatError as error:
        raise InputError(f"not XML ({error}); send the message again, whole") from None
    return builder.close()


def _refuse_doctype(*_: object) -> None:
    raise InputError(
        "the message declares a document type; ISO 20022 has none, and entities are never resolved: remove it"
    )


def _braced(tag: str) -> str:
    return "{" + tag if "}" in tag else tag


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _named(document: Element) -> tuple[str, str]:
    space = str(document.tag).rpartition("}")[0].removeprefix("{")
    name, version = space.removeprefix(_URN)[:8], space.removeprefix(_URN)[9:]
    if not space.startswith(_URN) or name not in VERSIONS:
        raise InputError(f"namespace {space[:80]!r}; known messages: {', '.join(VERSIONS)}; send one of these")
    if version not in VERSIONS[name]:
        known = VERSIONS[name]
        raise InputError(f"{name}.{version[:8]} is not read; known versions: {', '.join(known)}; send one of these")
    return name, version


def _schema(name: str, version: str) -> type[Any]:  # Any: one of many generated classes
    """Return the root class of a message."""
    area, full = name[:4], f"{name}.{version}".replace(".", "_")
    if area == "auth":
        return getattr(import_module(f"python_iso20022.auth.{full}"), full.replace("_", "").capitalize())  # type: ignore[no-any-return]  # a class of a module chosen by name
    return import_module(f"pyiso20022.{area}.{full}").Document  # type: ignore[no-any-return]  # as above


def _check(document: Element, name: str, version: str) -> object:
    """Return the typed message. Raises InputError naming the first place that the schema does not allow."""
    schema = _schema(name, version)
    try:
        typed = XmlParser(config=_STRICT).parse(deepcopy(document), schema)
    except _NOT_OURS as error:
        raise InputError(f"{name}.{version}: {_shortened(error)}; correct the message and send it again") from None
    fault = next(faults(typed, document, name), None)
    if fault is not None:
        raise InputError(f"{fault}; correct the message and send it again")
    return typed


def _shortened(error: BaseException) -> str:
    # the first line names the place; the next one quotes the value, and a value may be an identity
    return str(error).partition("\n")[0][:160]


def _bare(element: Element) -> Element:
    for one in element.iter():
        one.tag = _local(one)
    return element


def texts(element: Element | None, *paths: str) -> Iterator[str]:
    """Yield the texts found under any of the paths, in the order of the paths, without outer spaces."""
    for path in paths if element is not None else ():
        for found in element.findall(path):  # type: ignore[union-attr]  # none is looked for under None
            if found.text and found.text.strip():
                yield found.text.strip()


def text(element: Element | None, *paths: str) -> str | None:
    """Return the first text under the paths; None if there is none."""
    return next(texts(element, *paths), None)
