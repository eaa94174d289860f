"""What must not stand in a log, in an error or on a screen."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"([a-z][a-z0-9+.-]+://)[^\s'\"]*@", re.IGNORECASE)
_QUERY_VALUES = re.compile(r"([?&;][\w.%-]+=)[^&;\s'\"]*")
_NAMED_SECRETS = re.compile(
    r"\b((?:user(?:name)?|usr|pass(?:word|wd|phrase)?|pwd|token|secret|auth|key|sig(?:nature)?)=)[^&;/\s'\"]*",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text with whatever may be a secret of an address in it replaced by ``***``.

    That is the user and password before the host, every value of a query, and ``password=…`` wherever it stands.
    """
    text = _USERINFO.sub(r"\1***@", text)
    return _NAMED_SECRETS.sub(r"\1***", _QUERY_VALUES.sub(r"\1***", text))
