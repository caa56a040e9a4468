"""A broker that speaks the Kafka protocol: how it is reached, checked, and what is handed to the client library."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from stanch.exchange.secret_files import read_secret
from stanch.model.errors import ConfigError

if TYPE_CHECKING:  # an extra: most installations have no broker
    from types import ModuleType

Property = str | int | float | bool

#: Properties that decide whether something is lost or repeated; they are not for the operator to set.
_OURS: Final = frozenset({
    "bootstrap.servers", "metadata.broker.list", "group.id", "group.instance.id", "enable.auto.commit",
    "auto.commit.enable", "enable.auto.offset.store", "auto.offset.reset", "enable.partition.eof", "enable.idempotence",
    "acks", "request.required.acks", "transactional.id", "delivery.timeout.ms", "message.timeout.ms", "log_level",
    "allow.auto.create.topics", "error_cb", "on_delivery", "plugin.library.paths",
})  # fmt: skip
_SAFE: Final = frozenset({"ssl", "sasl_ssl"})
_QUIET: Final = 0  #: the library's own lines would stand among ours; its errors come to us as calls


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where brokers are (``host:port``, with commas) and what the client library is told besides.

    ``properties`` are those of librdkafka, as they are; ``secrets`` the files in which the values of others stand.
    ``protected`` says that the network between keeps messages from others, so that they may travel without TLS.
    """

    brokers: str
    properties: dict[str, Property] = {}
    secrets: dict[str, str] = {}
    protected: bool = False

    def placed(self, folder: Path) -> Broker:
        """Return it with the files of secrets as seen from a folder."""
        secrets = {name: str(folder / file) for name, file in self.secrets.items()}
        return msgspec.structs.replace(self, secrets=secrets)


def mistakes(broker: Broker) -> list[str]:
    """Return everything that is wrong with how a broker is to be reached, without going there."""
    found = [] if broker.brokers.strip() else ["brokers: none; write host:port"]
    found += [
        f"properties: {name} is set by Stanch, so that nothing is lost or repeated; leave it out"
        for name in (*broker.properties, *broker.secrets)
        if name.lower() in _OURS
    ]
    found += [
        f"{name} stands under properties and under secrets; write it once"
        for name in sorted(broker.properties.keys() & broker.secrets.keys())
    ]
    found += [
        f"properties: {name} is a secret; write the file that has it under secrets"
        for name in broker.properties
        if "password" in name or name.endswith(("key.pem", "client.secret"))
    ]
    protocol = str(broker.properties.get("security.protocol", "plaintext")).lower()
    if protocol not in _SAFE and not broker.protected and not all(map(_local, broker.brokers.split(","))):
        found.append(
            "messages name accounts, and would travel in the clear; set security.protocol to ssl or sasl_ssl, "
            "or protected = true where the network does it"
        )
    return found


def properties_of(broker: Broker, ours: dict[str, Property]) -> dict[str, Property]:
    """Return what the client library is told; secrets are read now. Raises ConfigError for one that cannot be."""
    secrets: dict[str, Property] = {
        name: read_secret(Path(file), least=1).decode() for name, file in broker.secrets.items()
    }
    return {
        "client.id": "stanch", **broker.properties, **secrets,
        "bootstrap.servers": broker.brokers, "log_level": _QUIET, **ours,
    }  # fmt: skip


def refused(broker: Broker, ours: dict[str, Property]) -> list[str]:
    """Return what the client library itself finds wrong with the properties: each alone, then all of them together."""
    try:
        kafka, whole = library(), properties_of(broker, ours)
    except ConfigError as error:
        return [str(error)]
    found = []
    for name in (*broker.properties, *broker.secrets):
        told = _refused(kafka, {"log_level": _QUIET, name: whole[name]})
        if told is not None and ("No such configuration property" in told or "Invalid value" in told):
            found.append(f"properties: {told}; see librdkafka's list of properties")
    told = None if found else _refused(kafka, whole)
    return found if told is None else [f"properties: {told}; see librdkafka's list of properties"]


def library() -> ModuleType:
    """Return the client library. Raises ConfigError where the extra is not installed."""
    try:
        import confluent_kafka
    except ImportError:
        raise ConfigError("a broker needs the extra kafka; run: pip install 'stanch[kafka]'") from None
    return confluent_kafka


def _refused(kafka: ModuleType, properties: dict[str, Property]) -> str | None:
    try:
        kafka.Producer(properties)
    except kafka.KafkaException as error:
        return str(error.args[0].str())
    except (ValueError, TypeError) as error:
        return str(error)
    return None


def _local(place: str) -> bool:
    host = place.strip().rpartition("://")[2]
    host = host.rpartition(":")[0] if ":" in host else host
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
