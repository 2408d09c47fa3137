"""What can go wrong, by who can act on it; each error carries its exit status and the next step to take.

OpsError
├── Misuse            2  the command line asks for something that cannot be
├── CouldNotStart     3  the environment did not come up
│   └── DataGone      3  it is up as far as the data can be brought back to it
├── NotReachable      3  the environment does not answer
│   └── AnswerLost    3  it did not answer what it may have carried out
├── AwsRefused        1  AWS (or the local cloud) answered a request with an error
├── MachineRefused    1  this machine has no room, no permission, no file left
├── NotFound          1  something the command needs is not there
├── CouldNotPlan      1  Terraform is missing, or refuses its code or variables
├── BuildFailed       1  the image could not be made or stored
├── DeployRefused     1  a deploy would do harm, so it did not begin
├── MoveRefused       1  the tasks that serve could not follow a password to its new place
├── FaultRefused      1  the local cloud does not take this fault
├── TaskFailed        1  a one-off task ended badly
└── WaitTimedOut      1  a deadline passed
"""


class OpsError(Exception):
    """Say what happened, where, and what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def as_json(self) -> dict[str, object]:
        """Give the form that every command prints with --json."""
        return {
            "ok": False,
            "error": type(self).__name__,
            "message": self.message,
            "next_step": self.next_step,
            "exit_code": self.exit_code,
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


class AwsRefused(OpsError):
    pass


class MachineRefused(OpsError):
    pass


class NotFound(OpsError):
    pass


class CouldNotPlan(OpsError):
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
