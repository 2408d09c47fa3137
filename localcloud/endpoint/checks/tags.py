"""AWS's rules of tags, for many services at once: keys that AWS keeps for itself, lengths, repeated keys, their number.

ECS, ELBv2, KMS, Logs, S3, Secrets Manager and SQS check their own. Sources: botocore's models (lengths, codes, RDS's
characters) and the guide to tagging; the words of EC2 and of SNS's repeated keys are AWS's own, the others are ours.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.endpoint.checks.indirect_creation import members_of
from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsRequest

MOST_TAGS = 50
LONGEST_KEY, LONGEST_VALUE = 128, 256
TAGS = re.compile("(backup(vault|plan)|framework|reportplan|recoverypoint|resource|add)?tags", re.IGNORECASE)
"""Names of JSON members that list or map tags."""
FIELD = re.compile(
    r"(?P<list>(?:TagSpecification\.\d+\.)?Tags?(?:\.member|\.Tag)?)\.(?P<place>\d+)\.(?P<part>Key|Value)"
)
"""A form's field: of the query protocol, of EC2, of RDS and ElastiCache."""
READS = re.compile("(Batch)?Get|List|Describe|Search|Untag|Remove|Delete|Simulate|Query|Scan")
CHARACTERS = re.compile(r"[^\w\s.:/=+\-@]")
"""What RDS and ElastiCache refuse in keys and values."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A service's words.

    `too_many`: the code if there are too many tags; `code` if empty. `by_model`: whether the service's model, which is
    checked elsewhere, has the lengths. `is_narrow`: whether only some characters are allowed.
    """

    code: str
    too_many: str = ""
    reserved: Sequence[str] = ("aws:",)
    words: str = "Tag keys must not begin with {prefix}, which is reserved: {key}"
    repeated: str = "Tag keys must not be repeated: {key}"
    by_model: bool = False
    is_narrow: bool = False


RULES: Mapping[str, Rule] = {
    "apigateway": Rule(code="BadRequestException"),
    "application-autoscaling": Rule(code="ValidationException", too_many="TooManyTagsException"),
    "backup": Rule(code="InvalidParameterValueException"),
    "budgets": Rule(code="InvalidParameterException", too_many="ServiceQuotaExceededException", by_model=True),
    "dynamodb": Rule(code="ValidationException"),
    "ec2": Rule(
        code="InvalidParameterValue",
        too_many="TagLimitExceeded",
        words="Tag keys starting with '{prefix}' are reserved for internal use",
    ),
    "ecr": Rule(code="InvalidTagParameterException", too_many="TooManyTagsException"),
    "elasticache": Rule(code="InvalidParameterValue", too_many="TagQuotaPerResourceExceeded", is_narrow=True),
    "events": Rule(code="ValidationException", by_model=True),
    "firehose": Rule(code="InvalidArgumentException", too_many="LimitExceededException"),
    "iam": Rule(code="InvalidInput", too_many="LimitExceeded", by_model=True),
    "lambda": Rule(code="InvalidParameterValueException"),
    "monitoring": Rule(code="ValidationError", by_model=True),
    "rds": Rule(code="InvalidParameterValue", reserved=("aws:", "rds:"), is_narrow=True),
    "ses": Rule(code="BadRequestException"),
    "sns": Rule(
        code="InvalidParameter",
        too_many="TagLimitExceeded",
        repeated="Invalid parameter: Duplicated keys are not allowed.",
        by_model=True,
    ),
    "ssm": Rule(code="ValidationException", too_many="TooManyTagsError", by_model=True),
    "tagging": Rule(code="InvalidParameterException"),
    "wafv2": Rule(code="WAFTagOperationException"),
}
"""By signing name."""


def check_tags(request: AwsRequest) -> None:
    """Check the tags that a request sets. Errors: AwsError."""
    rule = RULES.get(request.service)
    if rule is None or READS.match(request.operation) or not (request.form or b"ags" in request.body):
        return
    for tags in _form_lists(request.form) if request.form else _json_lists(members_of(request)):
        _check(rule, tags)


def _json_lists(members: Mapping[str, Any]) -> Iterator[list[tuple[str, str]]]:
    for name, found in members.items():
        if not TAGS.fullmatch(name):
            continue
        if isinstance(found, dict):
            yield [(str(key), str(value)) for key, value in found.items()]
        elif isinstance(found, list):
            yield [pair for each in found if isinstance(each, dict) and (pair := _pair(each))]


def _pair(tag: Mapping[str, Any]) -> tuple[str, str] | None:
    for key, value in (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue")):
        if isinstance(tag.get(key), str):
            return tag[key], str(tag.get(value) or "")
    return None


def _form_lists(form: Mapping[str, str]) -> Collection[list[tuple[str, str]]]:
    lists: dict[str, dict[str, dict[str, str]]] = {}
    for name, value in form.items():
        if found := FIELD.fullmatch(name):
            lists.setdefault(found["list"], {}).setdefault(found["place"], {})[found["part"]] = value
    return [[(tag.get("Key", ""), tag.get("Value", "")) for tag in tags.values()] for tags in lists.values()]


def _check(rule: Rule, tags: Sequence[tuple[str, str]]) -> None:
    for key, value in tags:
        for prefix in rule.reserved:
            if key.lower().startswith(prefix):
                raise AwsError(rule.code, rule.words.format(prefix=prefix, key=key))
        if not rule.by_model and not 1 <= len(key) <= LONGEST_KEY:
            raise AwsError(rule.code, f"Tag keys must have 1 to {LONGEST_KEY} characters: '{key[:200]}'")
        if not rule.by_model and len(value) > LONGEST_VALUE:
            raise AwsError(rule.code, f"Values of tags must have at most {LONGEST_VALUE} characters: {key}")
        if rule.is_narrow and CHARACTERS.search(key + value):
            words = "can only contain letters, digits, white-space, '_', '.', ':', '/', '=', '+', '-', '@'"
            raise AwsError(rule.code, f"Keys and values of tags {words}: {key}")
    for key, times in Counter(key for key, _ in tags).items():
        if times > 1:
            raise AwsError(rule.code, rule.repeated.format(key=key))
    if len(tags) > MOST_TAGS:
        raise AwsError(rule.too_many or rule.code, f"A resource can have at most {MOST_TAGS} tags")
