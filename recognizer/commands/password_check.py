"""Who may read the passwords in a configuration file."""

from __future__ import annotations

import stat
from pathlib import Path

from recognizer.config.addresses import hide_userinfo
from recognizer.config.configuration import Config


def explain_readable(config: Config, file: Path) -> str:
    """What to do where the file holds passwords and everybody on this machine may read it; empty where all is well."""
    addresses = (config.database_url, *(str(camera.source) for camera in config.cameras))
    holds_passwords = any(hide_userinfo(address) != address for address in addresses)
    if holds_passwords and file.stat().st_mode & stat.S_IROTH:
        return f"everybody on this machine may read those in {file}; run `chmod o= {file}`"
    return ""
