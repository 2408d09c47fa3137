"""Remembers how requests were interpreted, so that equal requests need no second interpretation."""

from dataclasses import dataclass
from typing import Any

from starlette.types import Scope

QUESTIONS_REMEMBERED = 4096
LONGEST_QUERY = 256


@dataclass(frozen=True, slots=True)
class Understood:
    """The route of a question, for the access log, and the name its responses are cached under."""

    route: Any
    kept_as: str


class Questions:
    """Interpreted questions, independent of the user."""

    def __init__(self) -> None:
        self.understood: dict[tuple[str, bytes], Understood] = {}

    def remember(self, scope: Scope, kept_as: str) -> None:
        """Remember the request's question; when there are too many, all are dropped and learned again."""
        if len(scope["query_string"]) > LONGEST_QUERY:
            return
        if len(self.understood) >= QUESTIONS_REMEMBERED:
            self.understood.clear()
        self.understood[scope["path"], scope["query_string"]] = Understood(scope["route"], kept_as)

    def meaning(self, scope: Scope) -> Understood | None:
        """Return how an equal request was interpreted before."""
        if scope["method"] != "GET":
            return None
        return self.understood.get((scope["path"], scope["query_string"]))
