"""The errors of the local cloud, grouped by who can act on them."""


class LocalCloudError(Exception):
    """Base of the errors that an operator of the local cloud can act on; printed as one line."""


class CannotStart(LocalCloudError):
    """A part did not start; the message ends with the last lines of its output."""


class AwsError(Exception):
    """An error of the AWS API, returned to the client in the protocol's own format.

    `code` is AWS's name for it (`ServiceNotFoundException`), `status` the HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def not_offered(what: str, code: str = "InvalidAction") -> AwsError:
    """Create the error for a part of AWS that has no counterpart here: moto's response would be a false success."""
    return AwsError(code, f"{what}: the local cloud does not offer this", 501)
