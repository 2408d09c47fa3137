"""One check of `spendsense doctor`, with what it found and the next step."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check. next_step: what to do, where something is wrong."""

    name: str
    grade: Grade
    found: str
    next_step: str = ""

    def as_json(self) -> dict[str, str | None]:
        return {"name": self.name, "grade": self.grade.value, "found": self.found, "next_step": self.next_step or None}
