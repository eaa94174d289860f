"""The classroom daemon."""

__version__ = "0.1.0"
