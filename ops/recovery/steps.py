"""The parts that can be restored separately, and the steps that do it, in order."""

from enum import StrEnum


class Part(StrEnum):
    """The values of `--only`."""

    DATABASE = "database"
    FILES = "files"
    SERVICE = "service"


STEPS = {
    Part.DATABASE: ("hold", "restore", "swap", "complete", "secret"),
    Part.FILES: ("files",),
    Part.SERVICE: ("prepare", "serve", "verify"),
}
