"""The outcome of one check, UNKNOWN when AWS refuses the request."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from ops.aws import denials
from ops.aws.clients import error_code, explain
from ops.aws.retries import is_hiccup


class State(StrEnum):
    """FAIL: a deploy would fail. WARN: it may, or could not be rolled back. UNKNOWN: the caller may not look."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`found` describes the state; `wanted` and `fix` are empty when nothing has to be done."""

    group: str
    subject: str
    state: State
    found: str
    wanted: str = ""
    fix: str = ""

    def as_json(self) -> dict[str, str]:
        return {
            "group": self.group,
            "subject": self.subject,
            "state": self.state.value,
            "found": self.found,
            "wanted": self.wanted,
            "fix": self.fix,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Makes the checks of one group."""

    name: str

    def ok(self, subject: str, found: str) -> Check:
        return Check(group=self.name, subject=subject, state=State.OK, found=found)

    def warn(self, subject: str, found: str, *, wanted: str = "", fix: str = "") -> Check:
        return Check(group=self.name, subject=subject, state=State.WARN, found=found, wanted=wanted, fix=fix)

    def fail(self, subject: str, found: str, *, wanted: str, fix: str) -> Check:
        return Check(group=self.name, subject=subject, state=State.FAIL, found=found, wanted=wanted, fix=fix)

    def unknown(self, subject: str, found: str, *, fix: str = "") -> Check:
        return Check(group=self.name, subject=subject, state=State.UNKNOWN, found=found, fix=fix)

    def asked(self, subject: str, look: Callable[[], Check | list[Check]]) -> list[Check]:
        """Return what `look` finds; UNKNOWN where AWS refuses the request. Errors: AWS's hiccups, as botocore's."""
        from botocore.exceptions import ClientError

        try:
            found = look()
        except ClientError as exc:
            if is_hiccup(exc):
                raise
            return [self.unknown(subject, said(exc), fix="allow the caller this request, or check it by hand")]
        return found if isinstance(found, list) else [found]


def said(exc: Exception) -> str:
    """Return AWS's refusal in the words of our errors, that for lack of a permission in short."""
    short = denials.in_short(str(exc))
    if short is not None:
        return f"{getattr(exc, 'operation_name', 'the request')} was refused: {short}"
    explained = explain(exc)
    return explained.message if explained is not None else str(exc)


def is_refused(exc: Exception) -> bool:
    """Return whether AWS refused a request because the caller lacks the permission."""
    return error_code(exc) in {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


def failures(checks: Iterable[Check]) -> list[Check]:
    return [each for each in checks if each.state is State.FAIL]
