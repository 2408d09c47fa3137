"""aws_sns_topic_policy."""

import json
from typing import ClassVar

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.json_text import normal_json, same_policy
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.values.unknown import State

OWNERS_ACTIONS = (
    *("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe"),
    *("ListSubscriptionsByTopic", "Publish", "Receive"),
)


@resource("aws_sns_topic_policy")
class TopicPolicy(Resource):
    noun = "SNS Topic Policy"
    title = "arn"
    gone = ("NotFound", "NotFoundException")
    equivalent: ClassVar = {"policy": same_policy}
    normal: ClassVar = {"policy": normal_json}

    def create(self, aws: Aws, planned: State) -> str:
        _put(aws, planned["arn"], planned["policy"])
        return str(planned["arn"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("sns").get_topic_attributes(TopicArn=state["id"])["Attributes"]
        if not found.get("Policy"):
            return None
        return {"arn": found["TopicArn"], "owner": found["Owner"], "policy": found["Policy"]}

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        _put(aws, prior["id"], planned["policy"])

    def delete(self, aws: Aws, state: State) -> None:
        """Restore the default policy of new topics: a topic always has a policy."""
        _put(aws, state["id"], _of_new_topics(state["id"], state["owner"]))


def _put(aws: Aws, arn: str, policy: str) -> None:
    # A role that the policy names may be too new for SNS.
    retried(
        aws,
        lambda: aws.client("sns").set_topic_attributes(
            TopicArn=arn, AttributeName="Policy", AttributeValue=normal_json(policy)
        ),
        codes=("InvalidParameter",),
        message="PrincipalNotFound",
    )


def _of_new_topics(arn: str, owner: str) -> str:
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{name}" for name in OWNERS_ACTIONS],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": owner}},
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})
