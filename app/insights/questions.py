"""What questions turned out to mean, for when they are asked again in the same words."""

from dataclasses import dataclass
from typing import Any

from starlette.types import Scope

QUESTIONS_REMEMBERED = 4096
LONGEST_QUERY = 256


@dataclass(frozen=True, slots=True)
class Understood:
    """A question's route, for the access log, and what its answers are kept as."""

    route: Any
    kept_as: str


class Questions:
    """What questions turned out to mean; of no user in particular."""

    def __init__(self) -> None:
        self.understood: dict[tuple[str, bytes], Understood] = {}

    def remember(self, scope: Scope, kept_as: str) -> None:
        """Remember the request's question; of many, all are forgotten and those still asked come again."""
        if len(scope["query_string"]) > LONGEST_QUERY:
            return
        if len(self.understood) >= QUESTIONS_REMEMBERED:
            self.understood.clear()
        self.understood[scope["path"], scope["query_string"]] = Understood(scope["route"], kept_as)

    def meaning(self, scope: Scope) -> Understood | None:
        """What was understood when the same was asked before."""
        if scope["method"] != "GET":
            return None
        return self.understood.get((scope["path"], scope["query_string"]))
