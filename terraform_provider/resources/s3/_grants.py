"""Access control lists of buckets: the bucket's `grant` blocks, and S3's grants."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.nulls import given
from terraform_provider.resources.s3 import _calls
from terraform_provider.values.unknown import State

PRIVATE = "private"
GRANTEE = {"id": "ID", "type": "Type", "uri": "URI"}


def read(s3: Any, bucket: str) -> list[State]:
    """Return one block for each grantee."""
    blocks: dict[tuple[str, ...], State] = {}
    for grant in s3.get_bucket_acl(Bucket=bucket)["Grants"]:
        grantee = {ours: grant["Grantee"].get(theirs, "") for ours, theirs in GRANTEE.items()}
        block = blocks.setdefault(tuple(grantee.values()), {**grantee, "permissions": []})
        block["permissions"].append(grant["Permission"])
    return list(blocks.values())


def put(s3: Any, bucket: str, blocks: list[State]) -> None:
    """Set the grants; without any the bucket becomes private."""
    if not blocks:
        s3.put_bucket_acl(Bucket=bucket, ACL=PRIVATE)
        return
    grants = [
        {"Grantee": given(block, GRANTEE), "Permission": permission}
        for block in blocks
        for permission in sorted(block["permissions"])
    ]
    owner = s3.get_bucket_acl(Bucket=bucket)["Owner"]
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy={"Grants": grants, "Owner": owner})


def put_canned(aws: Aws, bucket: str, acl: str) -> None:
    _calls.put(aws, lambda: aws.client("s3").put_bucket_acl(Bucket=bucket, ACL=acl))
