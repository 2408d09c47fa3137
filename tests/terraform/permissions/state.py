"""Terraform 1.6.6's requests for a state in S3 and locks in DynamoDB, and what its roles must be refused.

test_state_roles.py compares the first with what the real program asks.
"""

from localcloud.authorization.request import Request
from tests.terraform.permissions.requests import asked
from tests.terraform.permissions.roles import World

OF_READING = {"s3:ListBucket", "s3:GetObject", "dynamodb:GetItem", "kms:Decrypt"}
OF_WRITING = OF_READING | {"s3:PutObject", "dynamodb:PutItem", "dynamodb:DeleteItem", "kms:GenerateDataKey"}
# "statement action": why it is there although Terraform's requests do not need it.
EXCEPTIONS = {
    "DescribeKey kms:DescribeKey": "DynamoDB Developer Guide, encryption at rest: it asks for it in the caller's name",
    "DescribeLocks dynamodb:DescribeTable": "Terraform's documentation asks for it; 1.6.6 does not call it",
    "Encrypt kms:Encrypt": "as DescribeKey",
}


def requests(world: World, folder: str, *, writes: bool) -> list[Request]:
    """Return what Terraform asks for with the state of an environment."""
    bucket, table, key = places(world)
    name = bucket.rpartition(":")[2]
    found = [asked("s3:ListBucket", bucket, {"s3:prefix": each}) for each in ("env:/", f"{folder}/terraform.tfstate")]
    for action in sorted(OF_WRITING if writes else OF_READING):
        service = action.partition(":")[0]
        if service == "s3" and action != "s3:ListBucket":
            found.append(asked(action, f"{bucket}/{folder}/terraform.tfstate"))
        elif service == "dynamodb":
            locks = (f"{name}/{folder}/terraform.tfstate", f"{name}/{folder}/terraform.tfstate-md5")
            found += [asked(action, table, {"dynamodb:LeadingKeys": each}) for each in locks]
        elif service == "kms":
            found.append(asked(action, key))
    return found


def refused(world: World, folder: str, *, writes: bool) -> list[Request]:
    """Return what a role of the state must be refused: other environments, deletions, writes if it only reads."""
    bucket, table, key = places(world)
    name = bucket.rpartition(":")[2]
    other = "prod" if folder != "prod" else "dev"
    found = [
        *(each for each in requests(world, other, writes=True) if "env:/" not in each.context.get("s3:prefix")),
        asked("s3:ListBucket", bucket, {"s3:prefix": ""}),
        asked("s3:PutObject", f"{bucket}/env:/{folder}/terraform.tfstate"),
        asked("s3:DeleteObject", f"{bucket}/{folder}/terraform.tfstate"),
        asked("s3:PutBucketPolicy", bucket),
        asked("dynamodb:DeleteTable", table),
        asked("dynamodb:Scan", table),
        asked("kms:ScheduleKeyDeletion", key),
        asked("iam:PutRolePolicy", world.roles[f"spendsense-terraform-state-{folder}"].arn),
    ]
    found = [each for each in found if each.resource != key or each.action == "kms:ScheduleKeyDeletion"]
    if not writes:
        lock = {"dynamodb:LeadingKeys": f"{name}/{folder}/terraform.tfstate"}
        found += [
            asked("s3:PutObject", f"{bucket}/{folder}/terraform.tfstate"),
            asked("dynamodb:PutItem", table, lock),
            asked("dynamodb:DeleteItem", table, lock),
            asked("kms:GenerateDataKey", key),
        ]
    return found


def places(world: World) -> tuple[str, str, str]:
    """Return the ARNs of bucket, table and key."""
    kinds = ("aws_s3_bucket", "aws_dynamodb_table", "aws_kms_key")
    bucket, table, key = (str(world.arns[world.plan.one(each)["arn"]]) for each in kinds)
    return bucket, table, key
