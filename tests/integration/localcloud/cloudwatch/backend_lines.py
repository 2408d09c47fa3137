"""The lines in which the backend reports its metrics."""

import logging
from logging.handlers import MemoryHandler

from app.platform.logs import JsonFormatter
from app.platform.metrics import Metrics as AppMetrics


def line_of(counted: AppMetrics) -> str:
    """Return the line that the backend would print."""
    handler = MemoryHandler(capacity=10)
    logger = logging.getLogger(AppMetrics.__module__)
    logger.addHandler(handler)
    try:
        counted.write()
    finally:
        logger.removeHandler(handler)
    [record] = handler.buffer
    return JsonFormatter(environment="local", revision="7").format(record)
