"""AWS's error messages for what a fault has broken. Pure."""

from localcloud.errors import AwsError
from localcloud.faults.kinds import ErrorResponse, Shortage

INTERNAL = "The request processing has failed because of an unknown error, exception or failure."
UNAVAILABLE = "The request has failed due to a temporary failure of the server."
RATE_EXCEEDED = "Rate exceeded"

OF_SERVICE = {
    ("s3", ErrorResponse.ERROR): ("InternalError", "We encountered an internal error. Please try again.", 500),
    ("s3", ErrorResponse.UNAVAILABLE): ("ServiceUnavailable", "Service is unable to handle request.", 503),
    ("s3", ErrorResponse.THROTTLE): ("SlowDown", "Please reduce your request rate.", 503),
    ("secretsmanager", ErrorResponse.ERROR): ("InternalServiceError", "An error occurred on the server side.", 500),
    ("ec2", ErrorResponse.THROTTLE): ("RequestLimitExceeded", "Request limit exceeded.", 503),
}
OF_ANY = {
    ErrorResponse.ERROR: ("InternalFailure", INTERNAL, 500),
    ErrorResponse.UNAVAILABLE: ("ServiceUnavailable", UNAVAILABLE, 503),
    ErrorResponse.THROTTLE: ("ThrottlingException", RATE_EXCEEDED, 400),
}

NO_VCPUS = "You've reached the limit on the number of vCPUs you can run concurrently"
NO_CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
UNPLACEABLE = {
    Shortage.CAPACITY: NO_CAPACITY,
    Shortage.QUOTA: NO_VCPUS,
}
"""ECS's reasons for a task that it cannot place, in service events and among the failures of RunTask."""


def service_error(service: str, response: ErrorResponse, *, is_query: bool) -> AwsError:
    """Return the error. `is_query`: the query protocol calls throttling `Throttling`."""
    code, message, status = OF_SERVICE.get((service, response), OF_ANY[response])
    return AwsError("Throttling" if is_query and code == "ThrottlingException" else code, message, status)


def cannot_pull(reference: str) -> str:
    """Return the stoppedReason of a task whose image cannot be reached."""
    host, _, path = reference.partition("/")
    name, separator, requested = path.partition("@")
    if not separator:
        name, _, requested = path.partition(":")
    return (
        f"CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref {reference}: "
        f'failed to do request: Head "https://{host}/v2/{name}/manifests/{requested or "latest"}": i/o timeout'
    )
