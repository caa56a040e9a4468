"""Gangs: the full chain behind a scam, from the leak of records to the exit of the money."""
