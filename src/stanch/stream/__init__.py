"""Streams: the messages of a broker through the line, with their offsets in the same commit."""
