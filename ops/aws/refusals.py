"""The next step after AWS or the local cloud refused a request, chosen by the error's code, then by its message."""

import re

from ops.aws import denials
from ops.environment import data_directory
from ops.failure_class import FailureClass

# A pattern for the code, one for the message (either may match), and the step.
NO_ROOM = re.compile(
    r"No space left on device|database or disk is full|File too large|Disk quota exceeded", re.IGNORECASE
)
STEPS = (
    (
        r"AccessDenied.*|.*NotAuthorized.*|Unauthorized.*|Forbidden.*|OptInRequired|403",
        r"not authorized to perform|permission",
        "check the permissions of the calling identity (`aws sts get-caller-identity`) and `--env`",
    ),
    (
        r"Expired.*|.*Signature.*|InvalidClientTokenId|UnrecognizedClient.*|InvalidAccessKeyId|AuthFailure|InvalidToken.*|"
        r"MissingAuthenticationToken.*|RequestTimeTooSkewed",
        r"security token .* (is invalid|expired)",
        "sign in to AWS again, and check this machine's clock",
    ),
    (
        r"Throttl.*|TooManyRequests.*|RequestLimitExceeded|SlowDown|.*RequestThrottled.*|PriorRequestNotComplete",
        r"rate exceeded",
        "wait a moment, then run the command again",
    ),
    (
        r".*LimitExceeded.*|.*QuotaExceeded.*|.*LimitReached.*|TooMany.*|Max.*Exceeded.*|Insufficient.*Capacity.*",
        r"exceed\w* (the |your |its )?(\w+ ){0,3}(limit|quota|maximum)|(limit|quota) (.* )?(reached|exceeded)",
        "request a lower number, remove what is no longer needed, or ask AWS to raise the quota",
    ),
    (
        r".*NotFound.*|NoSuch.*|.*DoesNotExist.*|.*NotExist.*|.*Unknown(?!Operation).*|404",
        r"not found|does not exist|no such|could not be found|unable to describe",
        "check the name and `--env`",
    ),
    (
        r".*AlreadyExist.*|.*Duplicate.*|BucketAlready.*|EntityAlready.*",
        r"already exists",
        "choose another name, or use the existing one",
    ),
    (
        r".*InUse.*|.*Conflict.*|Invalid.*State.*|.*Dependency.*|OperationAborted|ServiceNotActive.*|UpdateInProgress.*",
        r"currently in use|is not in .*state",
        "wait until the resource that the message names has changed its state, then run the command again",
    ),
    (
        r"Internal.*|ServiceUnavailable.*|ServerException|ServiceException|ServiceFailure.*|50\d",
        r"internal error|temporar",
        "wait a moment, then run the command again; `spendsense status` shows what is healthy",
    ),
    (
        r".*Invalid.*|.*Validation.*|.*Missing.*|.*Malformed.*|.*Unsupported.*|Serialization.*|UnknownOperation.*|"
        r"BadRequest.*|ClientException|400",
        r"invalid|malformed|not supported",
        "correct the value that the message names",
    ),
)
OTHERWISE = "correct what the message names; check `--env`"
SIGN_IN = (
    "sign in to AWS again, for example with `aws sso login`; `aws configure list` shows which credentials are used"
)
# botocore's errors without a response from AWS, by class name.
OF_THE_CLIENT = {
    "ProfileNotFound": "correct AWS_PROFILE or spendsense.toml; `aws configure list-profiles` lists the profiles",
    "ConfigParseError": "correct that file, or name another in AWS_CONFIG_FILE",
    "InvalidConfigError": "correct AWS's configuration",
    "SSOError": SIGN_IN,
    "TokenRetrievalError": SIGN_IN,
    "CredentialRetrievalError": SIGN_IN,
    "PartialCredentialsError": "set what is missing, or unset the rest",
    "ParamValidationError": "correct the value that the message names",
    "InvalidRegionError": "correct AWS_REGION",
}


def room_step(message: str) -> str | None:
    """Choose the step for a message about a full disk or a file size limit; None for any other message."""
    found = NO_ROOM.search(message)
    if found is None:
        return None
    if found[0].lower() == "file too large":
        return "allow larger files (`ulimit -f`), also where the local cloud was started, then run the command again"
    return f"free space on the disk that holds {data_directory()}, then run the command again"


def client_step(exc: Exception) -> str:
    """Choose the step after an error that botocore raised before it sent a request."""
    named = (OF_THE_CLIENT[each.__name__] for each in type(exc).__mro__ if each.__name__ in OF_THE_CLIENT)
    return next(named, "check credentials and region")


def failure_class(code: str, message: str) -> FailureClass | None:
    """Return the failure class of a refusal; None when it is not a cause of failed deploys."""
    for step, each in ((STEPS[0], FailureClass.PERMISSION), (STEPS[3], FailureClass.QUOTA)):
        form, words, _ = step
        if re.fullmatch(form, code) or (each is FailureClass.PERMISSION and re.search(words, message)):
            return each
    return None


def next_step(code: str, message: str) -> str:
    """Choose the step. A full disk comes first: the local cloud may report it under any code."""
    if no_room := room_step(message):
        return no_room
    if denied := denials.step(message):
        return denied
    by_code = (step for form, _, step in STEPS[:4] if re.fullmatch(form, code))
    by_words = (step for _, words, step in STEPS[3:5] if re.search(words, message, re.IGNORECASE))
    rest = (step for form, _, step in STEPS if re.fullmatch(form, code))
    any_words = (step for _, words, step in STEPS if re.search(words, message, re.IGNORECASE))
    return next((step for steps in (by_code, by_words, rest, any_words) for step in steps), OTHERWISE)
