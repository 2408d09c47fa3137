"""Errors for users: a summary in the real provider's words, the next step, and the attribute."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from terraform_provider.values.unknown import Path

SERVICE = "Service"
"""Key of a response's metadata under which `aws` notes the service that responded."""
CONTINUES = "The state contains what was done so far; the next apply continues from there."


@dataclass(frozen=True)
class Diagnostic:
    """An error, or a warning, that Terraform shows with the resource's address and place in the HCL."""

    summary: str
    detail: str = ""
    path: Path = ()
    is_warning: bool = False


class ProviderError(Exception):
    """An error that ends an operation."""

    def __init__(self, summary: str, detail: str = "", path: Path = ()) -> None:
        super().__init__(summary)
        self.diagnostic = Diagnostic(summary, detail, path)


class Stopped(ProviderError):
    """Terraform was asked to stop during a wait."""


class TimedOut(ProviderError):
    """The awaited state did not come in time."""


def mistake(what: str, error: Exception) -> Diagnostic:
    """Explain that the stand-in's own code failed."""
    return Diagnostic(
        f"{what}: {type(error).__name__}: {error}",
        "This is a bug in the stand-in. TF_LOG=DEBUG shows where it happened.",
    )


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Turn errors of AWS, and of the connection to it, into an error that begins with `what`."""
    try:
        yield
    except ClientError as exc:
        raise ProviderError(f"{what}: {worded(exc)}", _next_step(exc)) from exc
    except EndpointConnectionError as exc:
        raise ProviderError(
            f"{what}: {exc}",
            "Nothing responds there. Start the endpoint, or correct AWS_ENDPOINT_URL or the provider's `endpoints`. "
            + CONTINUES,
        ) from exc
    except BotoCoreError as exc:
        raise ProviderError(f"{what}: {exc}", CONTINUES) from exc
    except ProviderError as exc:
        if exc.diagnostic.summary.startswith(what):
            raise
        found = exc.diagnostic
        raise type(exc)(f"{what}: {found.summary}", found.detail, found.path) from exc


def worded(error: ClientError) -> str:
    """Return a refusal in the real provider's words."""
    metadata = error.response.get("ResponseMetadata", {})
    return (
        f"operation error {metadata.get(SERVICE, 'AWS')}: {error.operation_name}, https response error StatusCode: "
        f"{metadata.get('HTTPStatusCode', 0)}, RequestID: {metadata.get('RequestId', '')}, "
        f"api error {code_of(error)}: {message_of(error)}"
    )


def _next_step(error: ClientError) -> str:
    code = code_of(error)
    if code.startswith("AccessDenied") or code in ("UnauthorizedOperation", "AuthFailure"):
        return "The credentials lack a permission: give it to their role or user, or use other credentials."
    if code in ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"):
        return "The credentials are invalid or have expired: renew them, then apply again."
    if "Throttl" in code or code in ("RequestLimitExceeded", "TooManyRequestsException"):
        return f"AWS throttles the requests: apply again, if necessary with a smaller -parallelism. {CONTINUES}"
    return f"Correct the argument that AWS names, then apply again. {CONTINUES}"
