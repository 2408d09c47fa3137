"""aws_ecr_lifecycle_policy."""

import json
from typing import Any, ClassVar

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.json_text import normal_json
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.values.unknown import State

NO_REPOSITORY = "RepositoryNotFoundException"


def same_rules(one: Any, other: Any) -> bool:
    """Return whether two lifecycle policies have the same rules, in any order."""
    try:
        return bool(_rules(json.loads(one)) == _rules(json.loads(other)))
    except (AttributeError, TypeError, ValueError):
        return bool(one == other)


@resource("aws_ecr_lifecycle_policy")
class LifecyclePolicy(Resource):
    noun = "ECR Lifecycle Policy"
    title = "repository"
    gone = ("LifecyclePolicyNotFoundException", NO_REPOSITORY)
    equivalent: ClassVar = {"policy": same_rules}
    normal: ClassVar = {"policy": normal_json}

    def create(self, aws: Aws, planned: State) -> str:
        # A repository that was created a moment ago may not be seen yet.
        retried(
            aws,
            lambda: aws.client("ecr").put_lifecycle_policy(
                repositoryName=planned["repository"], lifecyclePolicyText=planned["policy"]
            ),
            codes=(NO_REPOSITORY,),
        )
        return str(planned["repository"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("ecr").get_lifecycle_policy(repositoryName=state["id"])
        return {
            "policy": found["lifecyclePolicyText"],
            "registry_id": found["registryId"],
            "repository": found["repositoryName"],
        }

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("ecr").delete_lifecycle_policy(repositoryName=state["id"])


def _rules(policy: Any) -> list[Any]:
    rules = policy["rules"]
    for rule in rules:
        for name in ("tagPrefixList", "tagPatternList"):
            if isinstance(rule.get("selection", {}).get(name), list):
                rule["selection"][name].sort()
    return sorted(rules, key=lambda rule: int(rule.get("rulePriority", 0)))
