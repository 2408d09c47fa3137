"""botocore's sessions: AWS's as the caller has set it up, and this machine's without what only AWS needs.

Clients are botocore's own: boto3 adds nothing to them but S3's copy of large files, and takes a while to import.
"""

import os
from functools import cache
from typing import Any

SERVICES = (
    *("application-autoscaling", "cloudwatch", "ec2", "ecr", "ecs", "elasticache", "elbv2", "iam", "logs", "rds"),
    *("s3", "secretsmanager", "sesv2", "ssm"),
)
"""What the commands ask of AWS."""


def aws_session(region: str) -> Any:
    """Make a session with the caller's credentials and configuration."""
    import botocore.session

    made = botocore.session.Session()
    made.set_config_variable("region", region)
    return made


@cache
def local_session(region: str) -> Any:
    """Make the session for this machine's cloud; the caller's AWS configuration says nothing about it."""
    import botocore.session
    from botocore.loaders import Loader
    from botocore.regions import EndpointResolver

    class Models(Loader):  # type: ignore[misc]
        """Knows which services there are without a look at four hundred directories."""

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
    bare.set_credentials("test", "test")  # the local cloud's fixed, public credentials
    bare.register_component("data_loader", Models())
    # Each client is told where its endpoint is, so the list of all that AWS has need not be read.
    bare.register_component("endpoint_resolver", EndpointResolver({"partitions": []}, uses_builtin_data=True))
    return bare


def make_client(session: Any, service: str, **settings: Any) -> Any:
    """Make a client; S3's with boto3's managed copies."""
    if service == "s3":
        return _managing(session).client(service, **settings)
    return session.create_client(service, **settings)


@cache
def _managing(session: Any) -> Any:
    """boto3's session on botocore's: one, for it adds its copies to all S3 clients that are made there."""
    import boto3.session

    return boto3.session.Session(botocore_session=session)
