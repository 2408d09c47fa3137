"""aws_sns_topic."""

from collections.abc import Mapping
from typing import Any, ClassVar

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.change import Change
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.json_text import normal_json, same_json, same_policy
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.values.unknown import UNKNOWN, State

FEEDBACK = {
    f"{protocol}_{what}": f"{words}{''.join(part.capitalize() for part in what.split('_'))}"
    for protocol, words in {
        "application": "Application", "firehose": "Firehose", "http": "HTTP", "lambda": "Lambda", "sqs": "SQS"
    }.items()
    for what in ("failure_feedback_role_arn", "success_feedback_role_arn", "success_feedback_sample_rate")
}  # fmt: skip
WRITABLE = {
    "archive_policy": "ArchivePolicy",
    "content_based_deduplication": "ContentBasedDeduplication",
    "delivery_policy": "DeliveryPolicy",
    "display_name": "DisplayName",
    "fifo_throughput_scope": "FifoThroughputScope",
    "fifo_topic": "FifoTopic",
    "kms_master_key_id": "KmsMasterKeyId",
    "policy": "Policy",
    "signature_version": "SignatureVersion",
    "tracing_config": "TracingConfig",
    **FEEDBACK,
}
"""Attributes that SNS calls otherwise."""
READ = {**WRITABLE, "arn": "TopicArn", "owner": "Owner", "beginning_archive_time": "BeginningArchiveTime"}
ONLY_AT_CREATION = ("fifo_topic",)
EMPTY_WHEN_MISSING = ("kms_master_key_id", "policy")


@resource("aws_sns_topic")
class Topic(Resource):
    noun = "SNS Topic"
    gone = ("NotFound", "NotFoundException")
    equivalent: ClassVar = {"policy": same_policy, "delivery_policy": same_json, "archive_policy": same_json}
    normal: ClassVar = {"policy": normal_json, "delivery_policy": normal_json, "archive_policy": normal_json}

    def validate(self, config: State) -> None:
        if config.get("content_based_deduplication") is True and config.get("fifo_topic") is not True:
            raise ProviderError(
                "content-based deduplication can only be set for FIFO topics",
                "Set fifo_topic = true, or remove content_based_deduplication.",
                ("content_based_deduplication",),
            )

    def customize_plan(self, change: Change) -> None:
        name, is_fifo = change.planned["name"], change.planned["fifo_topic"]
        if isinstance(name, str) and is_fifo is not UNKNOWN and name.endswith(".fifo") != bool(is_fifo):
            change.refuse(
                f"invalid topic name: {name}", 'The names of FIFO topics end in ".fifo", and no others do.', "name"
            )

    def create(self, aws: Aws, planned: State) -> str:
        name = chosen_name(planned)
        if planned["fifo_topic"] and not name.endswith(".fifo"):
            name += ".fifo"
        given = {
            SNS: text
            for attribute, SNS in WRITABLE.items()
            if attribute not in EMPTY_WHEN_MISSING
            and planned[attribute] is not False
            and (text := _written(attribute, planned[attribute]))
        }
        made = aws.client("sns").create_topic(Name=name, Attributes=given, Tags=tags.as_list(planned["tags_all"]))
        return str(made["TopicArn"])

    def complete(self, aws: Aws, state: State) -> None:
        for attribute in EMPTY_WHEN_MISSING:
            if state[attribute]:
                _set(aws, state["id"], attribute, state[attribute])

    def read(self, aws: Aws, state: State) -> State | None:
        sns = aws.client("sns")
        found = sns.get_topic_attributes(TopicArn=state["id"])["Attributes"]
        name = found["TopicArn"].rsplit(":", 1)[1]
        listed = sns.list_tags_for_resource(ResourceArn=state["id"])["Tags"]
        return {
            **_read(found),
            "name": name,
            "name_prefix": prefix_of(name.removesuffix(".fifo")),
            "tags_all": tags.as_dict(listed),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        for attribute in sorted(changed & WRITABLE.keys() - set(ONLY_AT_CREATION)):
            _set(aws, prior["id"], attribute, planned[attribute])
        if "tags_all" in changed:
            sns, arn = aws.client("sns"), prior["id"]
            tags.change(
                prior,
                planned,
                untag=lambda keys: sns.untag_resource(ResourceArn=arn, TagKeys=keys),
                tag=lambda added: sns.tag_resource(ResourceArn=arn, Tags=tags.as_list(added)),
            )

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("sns").delete_topic(TopicArn=state["id"])


def _set(aws: Aws, arn: str, attribute: str, value: Any) -> None:
    aws.client("sns").set_topic_attributes(
        TopicArn=arn, AttributeName=WRITABLE[attribute], AttributeValue=_written(attribute, value)
    )


def _read(found: Mapping[str, str]) -> State:
    return {name: found.get(SNS) for name, SNS in READ.items()}


def _written(attribute: str, value: Any) -> str:
    """Convert an attribute to SNS's form: text, with rate 0 for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "0" if attribute.endswith("_sample_rate") else ""
    return str(value)
