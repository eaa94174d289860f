"""The recognizer's errors: few, named, and each message says what to do next.

The command line writes every one of them to stderr, a line for each fault, and ends with the exit code beside it.
"""

from __future__ import annotations


class RecognizerError(Exception):
    """Something that the admin can mend; the message says how."""

    exit_code = 1


class ConfigurationError(RecognizerError):
    """A key of the configuration is wrong: the message names it, what was found and what is expected. Several keys, or
    keys that are missing, have a line each."""

    exit_code = 78  # EX_CONFIG of sysexits.h


class GalleryError(RecognizerError):
    """The gallery is missing, tampered with, foreign or damaged; the file is left as it is."""

    exit_code = 65  # EX_DATAERR


class PhotoError(RecognizerError):
    """A photo cannot be used as a reference; the message is the reason shown to the admin."""

    exit_code = 65


class CameraError(RecognizerError):
    """A source cannot be opened, or its stream ended with a fault. Never holds the source's password."""

    exit_code = 69  # EX_UNAVAILABLE


NO_ANSWER = "the database does not answer as it should: "
"""How the messages of RegisterUnavailable begin."""


class RegisterUnavailable(RecognizerError):
    """The database cannot be reached or is busy: what was to be written stays in the outbox and is tried again."""

    exit_code = 69


class OutboxUnavailable(RecognizerError):
    """The outbox cannot be written to (disk full, folder read-only): what is confirmed is not yet safe."""

    exit_code = 74  # EX_IOERR


class AlreadyRunning(RecognizerError):
    """Another recognizer works with this state folder; two would deliver each other's marks."""

    exit_code = 75  # EX_TEMPFAIL


class MarkRefused(RecognizerError):
    """The database will never take this mark (its class session or student is gone): trying again is useless."""

    exit_code = 65


class WeightsError(RecognizerError):
    """A model file is missing or is not the file this release was made for."""

    exit_code = 69


class BackupError(RecognizerError):
    """A backup cannot be used, or would take the place of what this machine has; nothing was changed."""

    exit_code = 65
