"""Parts of an environment that the caller may not list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from ops.verifying.check import is_refused, said

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedListing:
    """A part of an environment that could not be listed. why: AWS's refusal."""

    what: str
    why: str

    def as_json(self) -> dict[str, str]:
        return {"what": self.what, "why": self.why}


@dataclass(frozen=True, slots=True)
class Listings:
    """Makes requests one after another, and remembers those that AWS refused."""

    unseen: list[DeniedListing] = field(default_factory=list)

    def at(self, what: str, look: Callable[[], Iterable[T]]) -> list[T] | None:
        """Return the result; None where the caller lacks the permission. Errors: AWS's others, as botocore's."""
        from botocore.exceptions import ClientError

        try:
            return list(look())
        except ClientError as exc:
            if not is_refused(exc):
                raise
            self.unseen.append(DeniedListing(what=what, why=said(exc)))
            return None
