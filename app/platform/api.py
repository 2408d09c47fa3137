"""Shared by the whole API: the prefix of its paths, and the form of a day in a query.

Each router carries the whole prefix, so that the templates of its routes are complete too.
"""

import datetime
import re
from typing import Annotated

from pydantic import BeforeValidator

PREFIX = "/api/v1"

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def iso_day(value: object) -> object:
    """Refuse other values that pydantic accepts as a day, such as seconds since 1970."""
    if isinstance(value, str) and not ISO_DAY.fullmatch(value):
        raise ValueError("should be a day as YYYY-MM-DD")
    return value


Day = Annotated[datetime.date, BeforeValidator(iso_day)]
