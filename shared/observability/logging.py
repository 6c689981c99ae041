"""Log records as JSON lines."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from shared.observability.redaction import redact_mapping
from shared.observability.request_id import current_request_id, current_task_id

STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One JSON object a record: the fixed members first, then what `extra` brought, secrets masked by their name."""

    def __init__(self, *, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self.service,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": current_request_id() or None,
            "task_id": current_task_id() or None,
        }
        extra = {name: value for name, value in vars(record).items() if name not in STANDARD}
        line |= redact_mapping(extra)
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(
            {name: value for name, value in line.items() if value is not None},
            default=str,
            ensure_ascii=False,
        )
