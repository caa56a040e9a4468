"""A broker, and streams from it."""

from kafka_broker import broker

__all__ = ["broker"]
