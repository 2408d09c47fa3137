"""aws_kms_key."""

from typing import Any, ClassVar

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import is_set, refuse_not_served, refuse_without
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of, message_of
from terraform_provider.framework.json_text import normal_json, same_policy
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s, wait_for
from terraform_provider.values.unknown import State

CREATE_TIMEOUT = "2m"
GONE = "NotFoundException"
DISABLED = "DisabledException"
NO_SUCH_PRINCIPAL = "MalformedPolicyDocumentException"
DELETED = ("PendingDeletion", "PendingReplicaDeletion")
POLICY = "default"
RANGES = {"deletion_window_in_days": (7, 30), "rotation_period_in_days": (90, 2560)}
OF_KEY_STORES = ("custom_key_store_id", "xks_key_id")
PROPAGATION_S = 600.0
ADVICE = "The local cloud has no key stores. Remove the argument, or use the real provider."


@resource("aws_kms_key")
class Key(Resource):
    noun = "KMS Key"
    title = "key_id"
    gone = (GONE,)
    equivalent: ClassVar = {"policy": same_policy}
    normal: ClassVar = {"policy": normal_json}

    def validate(self, config: State) -> None:
        refuse_not_served(config, OF_KEY_STORES, "aws_kms_key", ADVICE)
        if is_set(config.get("rotation_period_in_days")):
            refuse_without(config, ("rotation_period_in_days", "enable_key_rotation"))
        for name, (least, most) in RANGES.items():
            value = config.get(name)
            if isinstance(value, int | float) and not least <= value <= most:
                raise ProviderError(f"expected {name} to be in the range ({least} - {most}), got {value}", path=(name,))

    def create(self, aws: Aws, planned: State) -> str:
        optional = {
            "Description": planned["description"],
            "MultiRegion": planned["multi_region"],
            "Policy": planned["policy"],
            "Tags": [{"TagKey": name, "TagValue": text} for name, text in (planned["tags_all"] or {}).items()],
        }
        # A principal that was created a moment ago is not known everywhere yet.
        made = retried(
            aws,
            lambda: aws.client("kms").create_key(
                BypassPolicyLockoutSafetyCheck=bool(planned["bypass_policy_lockout_safety_check"]),
                KeySpec=planned["customer_master_key_spec"],
                KeyUsage=planned["key_usage"],
                **{name: value for name, value in optional.items() if value},
            ),
            codes=(NO_SUCH_PRINCIPAL,),
            timeout_s=timeout_s(planned, "create", CREATE_TIMEOUT),
        )
        return str(made["KeyMetadata"]["KeyId"])

    def complete(self, aws: Aws, state: State) -> None:
        if state["enable_key_rotation"]:
            _rotate(aws, state["id"], state)
        if state["is_enabled"] is False:
            _enable(aws, state["id"], False)

    def read(self, aws: Aws, state: State) -> State | None:
        kms, key_id = aws.client("kms"), state["id"]
        found = kms.describe_key(KeyId=key_id)["KeyMetadata"]
        if found["KeyState"] in DELETED:
            return None
        if found.get("MultiRegion") and found["MultiRegionConfiguration"]["MultiRegionKeyType"] != "PRIMARY":
            raise ProviderError(
                f"KMS Key ({key_id}) is not a multi-Region primary key", "Manage the primary key in its own region."
            )
        rotation = kms.get_key_rotation_status(KeyId=key_id) if found.get("Origin") == "AWS_KMS" else {}
        pages = kms.get_paginator("list_resource_tags").paginate(KeyId=key_id)
        return {
            "arn": found["Arn"],
            "custom_key_store_id": found.get("CustomKeyStoreId"),
            "customer_master_key_spec": found.get("KeySpec"),
            "description": found.get("Description"),
            "enable_key_rotation": rotation.get("KeyRotationEnabled"),
            "is_enabled": found["Enabled"],
            "key_id": found["KeyId"],
            "key_usage": found.get("KeyUsage"),
            "multi_region": found.get("MultiRegion"),
            "policy": kms.get_key_policy(KeyId=key_id, PolicyName=POLICY)["Policy"],
            "rotation_period_in_days": rotation.get("RotationPeriodInDays"),
            "xks_key_id": found.get("XksKeyConfiguration", {}).get("Id"),
            "tags_all": tags.as_dict([each for page in pages for each in page["Tags"]], "TagKey", "TagValue"),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        kms, key_id = aws.client("kms"), prior["id"]
        # A disabled key cannot be changed: enabled first, disabled last.
        if "is_enabled" in changed and planned["is_enabled"]:
            _enable(aws, key_id, True)
        has_other_period = "rotation_period_in_days" in changed and planned["enable_key_rotation"]
        if "enable_key_rotation" in changed or has_other_period:
            _rotate(aws, key_id, planned)
        if "description" in changed:
            kms.update_key_description(KeyId=key_id, Description=planned["description"] or "")
        if "policy" in changed and planned["policy"]:
            _put_policy(aws, key_id, planned)
        if "tags_all" in changed:
            tags.change(
                prior,
                planned,
                untag=lambda names: kms.untag_resource(KeyId=key_id, TagKeys=names),
                tag=lambda added: kms.tag_resource(KeyId=key_id, Tags=tags.as_list(added, "TagKey", "TagValue")),
            )
        if "is_enabled" in changed and not planned["is_enabled"]:
            _enable(aws, key_id, False)

    def delete(self, aws: Aws, state: State) -> None:
        kms, key_id = aws.client("kms"), state["id"]
        window = {"PendingWindowInDays": state["deletion_window_in_days"]} if state["deletion_window_in_days"] else {}
        try:
            kms.schedule_key_deletion(KeyId=key_id, **window)
        except ClientError as exc:
            if code_of(exc) != "KMSInvalidStateException" or "is pending deletion" not in message_of(exc):
                raise


def _enable(aws: Aws, key_id: str, enabled: bool) -> None:
    kms = aws.client("kms")
    call = kms.enable_key if enabled else kms.disable_key
    retried(aws, lambda: call(KeyId=key_id), codes=(GONE,))

    def is_so() -> bool:
        return bool(kms.describe_key(KeyId=key_id)["KeyMetadata"]["Enabled"]) == enabled

    wait_for(aws, f"the key to be {'enabled' if enabled else 'disabled'}", is_so, timeout_s=PROPAGATION_S)


def _rotate(aws: Aws, key_id: str, planned: State) -> None:
    kms, enabled, days = aws.client("kms"), bool(planned["enable_key_rotation"]), planned["rotation_period_in_days"]

    def call() -> Any:
        if not enabled:
            return kms.disable_key_rotation(KeyId=key_id)
        return kms.enable_key_rotation(KeyId=key_id, **({"RotationPeriodInDays": days} if days else {}))

    def is_so() -> bool:
        found = kms.get_key_rotation_status(KeyId=key_id)
        is_period = not days or found.get("RotationPeriodInDays") in (None, days)
        return bool(found["KeyRotationEnabled"]) == enabled and is_period

    # A key that was enabled a moment ago may still count as disabled.
    retried(aws, call, codes=(GONE, DISABLED))
    wait_for(aws, "the rotation of the key to change", is_so, timeout_s=PROPAGATION_S)


def _put_policy(aws: Aws, key_id: str, planned: State) -> None:
    kms = aws.client("kms")
    retried(
        aws,
        lambda: kms.put_key_policy(
            KeyId=key_id,
            PolicyName=POLICY,
            Policy=planned["policy"],
            BypassPolicyLockoutSafetyCheck=bool(planned["bypass_policy_lockout_safety_check"]),
        ),
        codes=(GONE, NO_SUCH_PRINCIPAL),
    )

    def is_so() -> bool:
        return same_policy(kms.get_key_policy(KeyId=key_id, PolicyName=POLICY)["Policy"], planned["policy"])

    wait_for(aws, "the policy of the key to change", is_so, timeout_s=PROPAGATION_S)
