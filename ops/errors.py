"""Errors by who can act on them; each carries its exit status and the next step to take.

OpsError
├── Misuse            2  the command line asks for something impossible
├── CouldNotStart     3  the environment did not start
│   └── DataGone      3  it runs as far as its data could be restored
├── NotReachable      3  the environment does not respond
│   ├── AnswerLost    3  no response to a request that it may have carried out
│   └── NotSetUp      3  it responds, but its first `up` has not finished
├── AwsRefused        1  AWS (or the local cloud) returned an error
├── MachineRefused    1  this machine lacks space, permission or open files
├── NotFound          1  something the command needs does not exist
├── CouldNotPlan      1  Terraform is missing, or refuses its code or variables
├── CouldNotApply     1  Terraform failed in an apply or a destroy; what it has done stays
├── BuildFailed       1  the image could not be built or stored
├── DeployRefused     1  a deploy would do harm, so it did not begin
├── MoveRefused       1  the running tasks could not follow a password to its new place
├── FaultRefused      1  the local cloud does not accept this fault
├── TaskFailed        1  a one-off task failed
└── WaitTimedOut      1  a deadline passed
"""

from collections.abc import Mapping

from ops.failure_class import FailureClass


class OpsError(Exception):
    """Carries what happened, where, and what to do next.

    failure_class: what makes a deploy fail, where that is known; in the JSON form as `class`. more: further fields of
    the JSON form.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        next_step: str | None = None,
        failure_class: FailureClass | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.failure_class = failure_class
        self.more = more or {}

    def as_json(self) -> dict[str, object]:
        """Return the form that every command prints with --json."""
        return {
            "ok": False,
            "error": type(self).__name__,
            "message": self.message,
            "next_step": self.next_step,
            "exit_code": self.exit_code,
            **({"class": self.failure_class.value} if self.failure_class is not None else {}),
            **self.more,
        }


class Misuse(OpsError):
    exit_code = 2


class CouldNotStart(OpsError):
    exit_code = 3


class DataGone(CouldNotStart):
    pass


class NotReachable(OpsError):
    exit_code = 3


class AnswerLost(NotReachable):
    pass


class NotSetUp(NotReachable):
    pass


class AwsRefused(OpsError):
    pass


class MachineRefused(OpsError):
    pass


class NotFound(OpsError):
    pass


class CouldNotPlan(OpsError):
    pass


class CouldNotApply(OpsError):
    pass


class BuildFailed(OpsError):
    pass


class DeployRefused(OpsError):
    pass


class MoveRefused(OpsError):
    pass


class FaultRefused(OpsError):
    pass


class TaskFailed(OpsError):
    pass


class WaitTimedOut(OpsError):
    pass
