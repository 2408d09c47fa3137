"""aws_secretsmanager_secret."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import refuse_conflicts
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.json_text import normal_json, same_policy
from terraform_provider.framework.names import SUFFIX_LENGTH, chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import PROPAGATION_S, retried, wait_for
from terraform_provider.values.unknown import State

GONE = "ResourceNotFoundException"
LONGEST_NAME = 512
LONGEST = {"name": LONGEST_NAME, "name_prefix": LONGEST_NAME - SUFFIX_LENGTH}
SIGNS = re.compile(r"[0-9A-Za-z/_+=.@-]+")
NO_POLICY = ("", "{}", None)


@resource("aws_secretsmanager_secret")
class Secret(Resource):
    noun = "Secrets Manager Secret"
    gone = (GONE,)
    equivalent: ClassVar = {"policy": same_policy}
    normal: ClassVar = {"policy": normal_json}

    def validate(self, config: State) -> None:
        refuse_conflicts(config, "name", "name_prefix")
        for attribute, longest in LONGEST.items():
            name = config.get(attribute)
            if isinstance(name, str) and not SIGNS.fullmatch(name):
                raise ProviderError(
                    f'only alphanumeric characters and /_+=.@- special characters are allowed in "{attribute}"',
                    f'"{name}" has others.',
                    (attribute,),
                )
            if isinstance(name, str) and len(name) > longest:
                raise ProviderError(
                    f'"{attribute}" cannot be greater than {longest} characters', f"It has {len(name)}.", (attribute,)
                )
        days = config.get("recovery_window_in_days")
        if isinstance(days, int | float) and days != 0 and not 7 <= days <= 30:
            raise ProviderError(
                f"expected recovery_window_in_days to be in the range (7 - 30), got {days:g}",
                "0 deletes the secret immediately.",
                ("recovery_window_in_days",),
            )

    def create(self, aws: Aws, planned: State) -> str:
        optional = {
            "KmsKeyId": planned["kms_key_id"],
            "AddReplicaRegions": [_region(each) for each in planned["replica"] or ()],
            "Tags": tags.as_list(planned["tags_all"]),
        }
        request = {
            "Name": chosen_name(planned),
            "Description": planned["description"] or "",
            "ForceOverwriteReplicaSecret": bool(planned["force_overwrite_replica_secret"]),
            **{key: value for key, value in optional.items() if value},
        }
        # The name of a deleted secret stays reserved for a moment.
        made = retried(
            aws,
            lambda: aws.client("secretsmanager").create_secret(**request),
            codes=("InvalidRequestException",),
            message="delet",
        )
        return str(made["ARN"])

    def complete(self, aws: Aws, state: State) -> None:
        _set_policy(aws, state)

    def read(self, aws: Aws, state: State) -> State | None:
        secrets, arn = aws.client("secretsmanager"), state["id"]
        found = secrets.describe_secret(SecretId=arn)
        if found.get("DeletedDate"):
            return None
        return {
            "arn": found["ARN"],
            "description": found.get("Description"),
            "kms_key_id": found.get("KmsKeyId"),
            "name": found["Name"],
            "name_prefix": prefix_of(found["Name"]),
            "policy": secrets.get_resource_policy(SecretId=arn).get("ResourcePolicy"),
            "replica": [_replica(each) for each in found.get("ReplicationStatus") or ()],
            "tags_all": tags.as_dict(found.get("Tags")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        secrets, arn = aws.client("secretsmanager"), prior["id"]
        if "replica" in changed:
            _change_replicas(secrets, prior, planned)
        if changed & {"description", "kms_key_id"}:
            key = {"KmsKeyId": planned["kms_key_id"]} if planned["kms_key_id"] else {}
            secrets.update_secret(SecretId=arn, Description=planned["description"] or "", **key)
        if "policy" in changed:
            if planned["policy"] in NO_POLICY:
                secrets.delete_resource_policy(SecretId=arn)
            else:
                _set_policy(aws, planned)
        if "tags_all" in changed:
            tags.change(
                prior,
                planned,
                untag=lambda keys: secrets.untag_resource(SecretId=arn, TagKeys=keys),
                tag=lambda added: secrets.tag_resource(SecretId=arn, Tags=tags.as_list(added)),
            )

    def delete(self, aws: Aws, state: State) -> None:
        secrets, arn = aws.client("secretsmanager"), state["id"]
        _remove_replicas(secrets, arn, [each["region"] for each in state["replica"] or ()])
        days = int(state["recovery_window_in_days"] or 0)
        how: dict[str, Any] = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        secrets.delete_secret(SecretId=arn, **how)
        wait_for(aws, "the secret to be gone", lambda: _is_gone(secrets, arn), timeout_s=PROPAGATION_S)


def _set_policy(aws: Aws, state: State) -> None:
    if state["policy"] in NO_POLICY:
        return
    # A principal that was created a moment ago is not known everywhere yet.
    retried(
        aws,
        lambda: aws.client("secretsmanager").put_resource_policy(SecretId=state["id"], ResourcePolicy=state["policy"]),
        codes=("MalformedPolicyDocumentException",),
        message="This resource policy contains an unsupported principal",
    )


def _region(replica: State) -> dict[str, str]:
    key = {"KmsKeyId": replica["kms_key_id"]} if replica["kms_key_id"] else {}
    return {"Region": replica["region"], **key}


def _replica(status: Mapping[str, Any]) -> State:
    read_at = status.get("LastAccessedDate")
    return {
        "kms_key_id": status.get("KmsKeyId", ""),
        "last_accessed_date": read_at.strftime("%Y-%m-%dT%H:%M:%SZ") if read_at else "",
        "region": status["Region"],
        "status": status.get("Status", ""),
        "status_message": status.get("StatusMessage", ""),
    }


def _change_replicas(secrets: Any, prior: State, planned: State) -> None:
    old = {(each["region"], each["kms_key_id"] or ""): each for each in prior["replica"] or ()}
    new = {(each["region"], each["kms_key_id"] or ""): each for each in planned["replica"] or ()}
    _remove_replicas(secrets, prior["id"], [region for region, _ in old.keys() - new.keys()])
    if added := [_region(new[key]) for key in sorted(new.keys() - old.keys())]:
        secrets.replicate_secret_to_regions(
            SecretId=prior["id"],
            AddReplicaRegions=added,
            ForceOverwriteReplicaSecret=bool(planned["force_overwrite_replica_secret"]),
        )


def _remove_replicas(secrets: Any, arn: str, regions: list[str]) -> None:
    if regions:
        secrets.remove_regions_from_replication(SecretId=arn, RemoveReplicaRegions=sorted(regions))


def _is_gone(secrets: Any, arn: str) -> bool:
    try:
        return bool(secrets.describe_secret(SecretId=arn).get("DeletedDate"))
    except ClientError as exc:
        if code_of(exc) == GONE:
            return True
        raise
