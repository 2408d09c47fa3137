"""Remembers how requests were interpreted, so that equal requests need no second interpretation."""

from dataclasses import dataclass
from typing import Any

from starlette.types import Scope

QUESTIONS_REMEMBERED = 4096
LONGEST_QUERY = 256


@dataclass(frozen=True, slots=True)
class Interpretation:
    """The route of a question, for the access log, and the name its responses are cached under."""

    route: Any
    cache_name: str


class Questions:
    """Interpreted questions, independent of the user."""

    def __init__(self) -> None:
        self.interpretations: dict[tuple[str, bytes], Interpretation] = {}

    def remember(self, scope: Scope, cache_name: str) -> None:
        """Remember the request's question; when there are too many, forget the others first."""
        if len(scope["query_string"]) > LONGEST_QUERY:
            return
        if len(self.interpretations) >= QUESTIONS_REMEMBERED:
            self.interpretations.clear()
        self.interpretations[scope["path"], scope["query_string"]] = Interpretation(scope["route"], cache_name)

    def interpretation_of(self, scope: Scope) -> Interpretation | None:
        """Return how an equal request was interpreted before."""
        if scope["method"] != "GET":
            return None
        return self.interpretations.get((scope["path"], scope["query_string"]))
