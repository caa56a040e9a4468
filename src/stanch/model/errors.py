"""Every error of Stanch, by who must act on it.

The message names the value, what was expected, and the next step.
"""

from __future__ import annotations


class StanchError(Exception):
    """The root of all errors that Stanch raises itself."""

    status = 500
    exit_code = 1


class InputError(StanchError):
    """What was sent cannot be taken: the caller must change it."""

    status = 400
    exit_code = 3


class SamePersonError(InputError):
    """Who asks is the one who must not be: what one person proposed another one approves."""

    status = 403


class UnknownVersionError(InputError):
    """No version of the rules is meant by what was written, or several are."""

    status = 404


class ConfigError(StanchError):
    """A policy, typology, mapping or setting is wrong: the operator must change it."""

    status = 500
    exit_code = 2


class StoreError(StanchError):
    """Disk, database or network failed: the infrastructure must be mended; nothing answered is lost."""

    status = 503
    exit_code = 4


class HomeBusyError(StoreError):
    """Another process has the home open to write."""
