"""What can be brought back by itself, and the steps that do it, in order."""

from enum import StrEnum


class Part(StrEnum):
    """As `--only` takes them."""

    DATABASE = "database"
    FILES = "files"
    SERVICE = "service"


STEPS = {
    Part.DATABASE: ("hold", "restore", "swap", "complete", "secret"),
    Part.FILES: ("files",),
    Part.SERVICE: ("prepare", "serve", "verify"),
}
