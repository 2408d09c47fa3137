"""The local cloud's own log: one line per record, with `key=value` fields at its end."""

import logging
import sys

_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class LineFormatter(logging.Formatter):
    """`2026-11-22 21:30:00.123 INFO ecs.running_tasks: Task started action=task_started task=...`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {key}={value}" for key, value in record.__dict__.items() if key not in _PLAIN)
        head = f"{self.formatTime(record, '%Y-%m-%d %H:%M:%S')}.{int(record.msecs):03d} {record.levelname}"
        line = f"{head} {record.name.removeprefix('localcloud.')}: {record.getMessage()}{fields}"
        return line + "\n" + self.formatException(record.exc_info) if record.exc_info else line


def set_up_logging() -> None:
    """Log to standard error: our own records from INFO, those of libraries from WARNING."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("localcloud").setLevel(logging.INFO)
