"""What can go wrong in the local cloud, by who can act on it."""


class LocalCloudError(Exception):
    """Base of the errors that an operator of the local cloud can act on; printed as one line."""


class CannotStart(LocalCloudError):
    """A part did not come up; the message ends with its last lines."""


class AwsError(Exception):
    """An error of the AWS API, answered to the client in the protocol's own form.

    `code` is AWS's name for it (`ServiceNotFoundException`), `status` the HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
