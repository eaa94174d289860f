"""Log lines as JSON, for programs that collect them."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from portal.web.redaction import redact


class JsonFormatter(logging.Formatter):
    """One object a line: time (UTC), level, logger, message, event and exception where there is one, and left_out, how
    many lines like it were not written before. No secret in any."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if event := getattr(record, "event", ""):
            told["event"] = event
        if left_out := getattr(record, "left_out", 0):
            told["left_out"] = left_out
        if record.exc_info:
            told["exception"] = redact(self.formatException(record.exc_info))
        # Whoever reads lines may part them also at U+2028, and a terminal obeys control characters.
        line = json.dumps(told, ensure_ascii=False)
        return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in line)
