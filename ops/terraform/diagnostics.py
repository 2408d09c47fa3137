"""Terraform's errors as ours: the problem, its place in the code or its resource, and the next step."""

import re
import signal
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ops.aws.refusals import NO_ROOM
from ops.disk_space import is_full
from ops.errors import CouldNotApply, CouldNotPlan, OpsError
from ops.terraform.messages import Diagnostic
from ops.terraform.process import Ran

LOCKED = "Error acquiring the state lock"
HOLDER = re.compile(r"^\s*(ID|Who|Operation|Created):\s*(.+?)\s*$", re.MULTILINE)
SHOWN = 5
CODE = "infrastructure/terraform"
CORRECT_CODE = "nothing was changed: correct the error above and run the same command again"
CONTINUES = "correct the cause and run the same command again: it continues from what exists"
IN_CODE = re.compile(r"^(\s*on )(\S+\.tf line \d+)", re.MULTILINE)
"""The place of an error, as Terraform draws it for people."""
IS_THERE = re.compile(r"already ?exists|AlreadyExists|already in use|\.Conflict:", re.IGNORECASE)
ADOPT = (
    "the resource exists but is not in the Terraform state: a killed apply left it, or somebody else made it. "
    "Delete it, or add it to the state with `terraform import`; then run the same command again"
)
UNLOCK = "wait for it to finish; if it has died, run `terraform force-unlock {id}` (infrastructure/bootstrap/README.md)"


def error_of(verb: str, ran: Ran) -> OpsError:
    """Return the error for a failed Terraform run."""
    errors = ran.messages.errors
    kind = CouldNotPlan if verb == "plan" else CouldNotApply
    locked = next((each for each in errors if each.summary == LOCKED), None)
    if locked is not None:
        return locked_by(locked)
    if not errors:
        said = "\n".join(ran.messages.other[-SHOWN:]) or ended_by(ran.status)
        return kind(f"terraform {verb} failed: {said}", next_step=CORRECT_CODE if verb == "plan" else CONTINUES)
    lines = [described(each) for each in errors[:SHOWN]]
    if len(errors) > SHOWN:
        lines.append(f"... and {len(errors) - SHOWN} more")
    count = "an error" if len(errors) == 1 else f"{len(errors)} errors"
    return kind(
        f"terraform {verb} ended with {count}:\n" + "\n".join(f"  {each}" for each in lines),
        next_step=next_step_after(errors, has_begun=ran.messages.has_begun),
    )


def is_disk_full(ran: Ran, directory: Path) -> bool:
    """Return whether a disk was full. Terraform's messages may be lost then, as they are written to that disk."""
    said = [*ran.messages.other, *(f"{each.summary} {each.detail}" for each in ran.messages.errors)]
    return any(NO_ROOM.search(each) for each in said) or is_full(directory)


def full_disk(verb: str, ran: Ran, directory: Path) -> CouldNotApply:
    lines = "".join(f"\n  {described(each)}" for each in ran.messages.errors[:SHOWN])
    said = f", and said:{lines}" if lines else ", and could not write its messages"
    return CouldNotApply(
        f"the disk that holds {directory} has no room: terraform {verb} ended with status {ran.status}{said}",
        next_step="free space on that disk and run the same command again: it continues from what exists",
    )


def ended_by(status: int) -> str:
    """Describe the end of a Terraform run without output; a negative status is a signal's."""
    if status >= 0:
        return f"it printed nothing, and ended with status {status}"
    name = signal.Signals(-status).name
    return f"it was ended by {name}" + (": by somebody, or because memory ran out" if name == "SIGKILL" else "")


def next_step_after(errors: Sequence[Diagnostic], *, has_begun: bool) -> str:
    if any(IS_THERE.search(f"{each.summary} {each.detail}") for each in errors):
        return ADOPT
    return CONTINUES if has_begun else CORRECT_CODE


def described(found: Diagnostic) -> str:
    """Describe an error on one line: place and problem."""
    where = ", ".join(filter(None, (_place(found), found.address)))
    detail = " ".join(found.detail.split())
    what = ": ".join(filter(None, (found.summary, detail)))
    return f"{where}: {what}" if where else what


def _place(found: Diagnostic) -> str:
    if not found.file:
        return ""
    path = PurePosixPath(found.file)
    shown = path if path.is_absolute() else PurePosixPath(CODE) / path
    return f"{shown} line {found.line}"


def locked_by(found: Diagnostic) -> CouldNotApply:
    """Name the run that holds the state's lock."""
    holder = dict(HOLDER.findall(found.detail))
    if not holder:
        return CouldNotApply(f"the state could not be locked: {' '.join(found.detail.split())}", next_step=CONTINUES)
    operation = holder.get("Operation", "").removeprefix("OperationType").lower() or "run"
    return CouldNotApply(
        f"the state is locked by another run: {operation} by {holder.get('Who', 'somebody')}, "
        f"since {holder.get('Created', 'an unknown time')}",
        next_step=UNLOCK.format(id=holder.get("ID", "ID")),
    )


def not_initialized(status: int, said: str, next_step: str) -> CouldNotPlan:
    """Return the error for a failed `init`. next_step: used when the error does not name a place in the code."""
    shown, places = IN_CODE.subn(rf"\1{CODE}/\2", plain(said))
    return CouldNotPlan(
        f"terraform init ended with status {status}:\n{shown}", next_step=CORRECT_CODE if places else next_step
    )


def plain(text: str) -> str:
    """Remove the frames that Terraform draws around messages."""
    lines = (re.sub(r"^[│╷╵]\s?", "", line).rstrip() for line in text.strip().splitlines())
    return "\n".join(line for line in lines if line)
