"""Texts that somebody submits: made readable, searched for contacts and personal data, and scored."""
