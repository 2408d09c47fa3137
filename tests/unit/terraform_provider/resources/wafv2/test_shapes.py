"""Blocks of WAF become AWS's structures, and AWS's structures blocks."""

from typing import Any

import pytest
from botocore.model import Shape

from terraform_provider.resources.wafv2._shapes import IDENTIFIERS, attributes, block_of, member_of, request, shape_of

ACL, LOGGING = "aws_wafv2_web_acl", "aws_wafv2_web_acl_logging_configuration"
PROVIDERS_OWN = {
    *("application_integration_url", "arn", "capacity", "id", "key", "lock_token", "name_prefix", "tags_all"),
    *("association_config", "rule_json", IDENTIFIERS),
}
DEPTH = 6


@pytest.mark.parametrize(("kind", "shape"), [(ACL, "CreateWebACLRequest"), (LOGGING, "LoggingConfiguration")])
def test_every_attribute_and_block_is_one_of_aws(kind: str, shape: str) -> None:
    assert set(unknown_names(block_of(kind), shape_of(shape), DEPTH)) - PROVIDERS_OWN == set()


def unknown_names(block: Any, shape: Shape, depth: int) -> list[str]:
    inner = shape.member if shape.type_name == "list" else shape.value if shape.type_name == "map" else shape
    blocks = {name: each for name, each in block.get("block_types", {}).items() if name not in PROVIDERS_OWN}
    found = [name for name in [*block.get("attributes", {}), *blocks] if member_of(inner, name) is None]
    for name, nested in blocks.items() if depth else ():
        if (member := member_of(inner, name)) is not None:
            found += unknown_names(nested["block"], inner.members[member], depth - 1)
    return found


def test_a_rule_survives_the_way_to_aws_and_back() -> None:
    statement = {
        "rate_based_statement": [
            {
                "limit": 100,
                "aggregate_key_type": "IP",
                "scope_down_statement": [
                    {"not_statement": [{"statement": [{"ip_set_reference_statement": [{"arn": "arn:ip-set"}]}]}]}
                ],
            }
        ]
    }
    rule = {"name": "flood", "priority": 0, "action": [{"block": [{}]}], "statement": [statement]}
    sent = request(
        block_of(ACL), shape_of("CreateWebACLRequest"), {"rule": [rule], "default_action": [{"allow": [{}]}]}
    )
    assert sent["DefaultAction"] == {"Allow": {}}
    (made,) = sent["Rules"]
    assert made["Action"] == {"Block": {}}
    # As the real provider sends them.
    assert sent["CaptchaConfig"] == sent["ChallengeConfig"] == made["CaptchaConfig"] == made["ChallengeConfig"] == {}
    scope = made["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    assert scope == {"NotStatement": {"Statement": {"IPSetReferenceStatement": {"ARN": "arn:ip-set"}}}}
    back = attributes(block_of(ACL), shape_of("WebACL"), {"Rules": [made]})["rule"][0]
    assert (back["name"], back["priority"]) == ("flood", 0)
    (limit,) = back["statement"][0]["rate_based_statement"]
    assert limit["scope_down_statement"][0]["not_statement"][0]["statement"][0]["ip_set_reference_statement"] == [
        {"arn": "arn:ip-set", "ip_set_forwarded_ip_config": []}
    ]
