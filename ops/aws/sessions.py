"""botocore sessions: the caller's own for AWS, and one for this machine that skips what only AWS needs.

Clients are botocore's: boto3 adds only managed copies of large S3 files, and is slow to import.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from ops import configuration
from ops.errors import NotReachable
from ops.log_text import shown

SERVICES = (
    *("acm", "application-autoscaling", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs", "elasticache", "elbv2", "iam"),
    *("logs", "rds", "resourcegroupstaggingapi", "s3", "secretsmanager", "service-quotas", "sesv2", "ssm", "sts"),
)
"""The AWS services that the commands use."""
ADMINISTRATOR = ("test", "test", None)
"""Access key and secret that every local cloud accepts from its start."""
LOCAL_MARK = "bG9jYWxjbG91ZCAx"
"""The prefix of a local cloud's session tokens; AWS's tokens have another."""

PROFILE_VARIABLES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
"""The variables that name a profile, in botocore's order."""
CHECK = "`spendsense doctor --env {}` checks it"

Credentials = tuple[str, str, str | None]
"""Access key, secret and session token."""


def aws_session(region: str, profile: str | None = None) -> Any:
    """Make a session with the caller's credentials and configuration. profile: of that configuration."""
    import botocore.session

    made = botocore.session.Session(profile=profile)
    made.set_config_variable("region", region)
    return made


def require_credentials(session: Any, environment: str, profile: str | None) -> None:
    """Check that a session for AWS has credentials, before anything is sent or started.

    profile: of spendsense.toml or the command line; None where the shell's counts. Errors: NotReachable.
    """
    from botocore.exceptions import ProfileNotFound

    try:
        found = session.get_credentials()
    except ProfileNotFound as exc:
        name = shown(session.profile or "")
        raise NotReachable(
            f"{naming(environment, profile)} names the AWS profile {name}, which does not exist",
            next_step=f"correct it: `aws configure list-profiles` lists the profiles; {CHECK.format(environment)}",
        ) from exc
    if found is None:
        raise NotReachable(
            f"{environment} is on AWS and needs credentials; none were found ({absent(environment, session.profile)})",
            next_step="`aws sso login --profile NAME`, then `export AWS_PROFILE=NAME`; " + CHECK.format(environment),
        )


def naming(environment: str, profile: str | None) -> str:
    """Return where the profile's name comes from."""
    if profile is None:
        return next((each for each in PROFILE_VARIABLES if os.environ.get(each)), "AWS's configuration")
    if profile == configuration.in_file(environment).profile:
        return f"{configuration.path()}: environments.{environment}.profile"
    return "the command line"


def absent(environment: str, profile: str | None) -> str:
    """Return where credentials were looked for."""
    if profile is not None:
        return f"the profile {shown(profile)} has none"
    return f"AWS_PROFILE and AWS_ACCESS_KEY_ID are not set; {configuration.FILE} has no profile for {environment}"


def local_credentials(shell: Mapping[str, str] = os.environ, profile: str | None = None) -> Credentials:
    """Return the session of a local cloud's role that this shell has (AWS_...), otherwise the administrator's.

    profile: look there instead; botocore raises ProfileNotFound. Credentials for AWS are never sent to a local cloud.
    """
    given = shell if profile is None else _keys_of(profile)
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    access_key_id, secret, token = (given.get(name, "").strip() for name in names)
    is_local = token.startswith(LOCAL_MARK) and access_key_id and secret
    return (access_key_id, secret, token) if is_local else ADMINISTRATOR


def _keys_of(profile: str) -> dict[str, str]:
    """Return the keys that a profile itself has, by the names of their variables."""
    import botocore.session

    return {
        name.upper(): str(value)
        for name, value in botocore.session.Session(profile=profile).get_scoped_config().items()
    }


def local_session(region: str, profile: str | None = None) -> Any:
    """Make the session for the local cloud.

    Only credentials issued by its own STS are taken from the caller's AWS configuration.
    """
    return _local_session(region, local_credentials(profile=profile))


@cache
def _local_session(region: str, credentials: Credentials) -> Any:
    import botocore.session
    from botocore.loaders import Loader
    from botocore.regions import EndpointResolver

    class Models(Loader):  # type: ignore[misc]
        """Finds service models without searching four hundred directories."""

        def list_available_services(self, type_name: str) -> list[str]:
            del type_name
            return list(SERVICES)

    bare = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    bare.set_config_variable("region", region)
    bare.set_credentials(*credentials)
    bare.register_component("data_loader", Models())
    # Each client gets its endpoint explicitly, so botocore's list of all AWS endpoints need not be read.
    bare.register_component("endpoint_resolver", EndpointResolver({"partitions": []}, uses_builtin_data=True))
    return bare


def make_client(session: Any, service: str, **settings: Any) -> Any:
    """Make a client; an S3 client gets boto3's managed copies."""
    if service == "s3":
        return _managing(session).client(service, **settings)
    return session.create_client(service, **settings)


@cache
def _managing(session: Any) -> Any:
    """Make one boto3 session per botocore session: it adds its copies to every S3 client made there."""
    import boto3.session

    return boto3.session.Session(botocore_session=session)


def is_region(name: str) -> bool:
    """Return whether a region of AWS could have this name. Only its form is checked, so new regions pass, too."""
    import botocore.session
    from botocore.exceptions import UnknownRegionError

    try:
        botocore.session.Session().get_partition_for_region(name)
    except UnknownRegionError:
        return False
    return True
