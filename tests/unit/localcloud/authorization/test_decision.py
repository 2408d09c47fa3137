"""AWS's decision, by its documentation and by what must hold for all policies."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from localcloud.authorization.context import Context
from localcloud.authorization.decision import Outcome, Policies, PolicyType, ResourcePolicyKind, decide
from localcloud.authorization.policies import Policy, read_policy
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import Request

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/David"
PRINCIPALS = {
    "root": Principal(kind=Kind.ROOT, arn=f"arn:aws:iam::{ACCOUNT}:root", account_id=ACCOUNT),
    "user": Principal(kind=Kind.USER, arn=USER, account_id=ACCOUNT, user_id="AIDAEXAMPLE"),
    "session": Principal(
        kind=Kind.ROLE_SESSION,
        arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one",
        account_id=ACCOUNT,
        issuer_arn=f"arn:aws:iam::{ACCOUNT}:role/team/app",
        user_id="AROAEXAMPLE:one",
        tags={"department": "finance"},
    ),
    "federated": Principal(
        kind=Kind.FEDERATED_USER,
        arn=f"arn:aws:sts::{ACCOUNT}:federated-user/David",
        account_id=ACCOUNT,
        issuer_arn=USER,
        user_id=f"{ACCOUNT}:David",
    ),
    "service": Principal(kind=Kind.SERVICE, arn="delivery.logs.amazonaws.com"),
    "github": Principal(
        kind=Kind.WEB_IDENTITY, arn=f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    ),
    "anonymous": Principal(kind=Kind.ANONYMOUS, arn=""),
}
TABLE = yaml.load(Path(__file__).with_name("cases").joinpath("decisions.yaml").read_text(), yaml.CSafeLoader)
CASES = [
    pytest.param(scenario, request, id=f"{scenario['source'].split('/')[-1]}-{number}-{index}")
    for number, scenario in enumerate(TABLE)
    for index, request in enumerate(scenario["requests"])
]


def policy(statements: list[dict[str, object]], name: str = "policy", version: str = "2012-10-17") -> Policy:
    return read_policy(json.dumps({"Version": version, "Statement": statements}), name)


def policies(scenario: dict) -> Policies:
    version = scenario.get("version", "2012-10-17")
    return Policies(
        identity=[policy(each, f"identity {at}", version) for at, each in enumerate(scenario.get("identity", ()))],
        boundary=policy(scenario["boundary"], "boundary") if "boundary" in scenario else None,
        session=[policy(each, "session") for each in scenario.get("session", ())],
        resource=[policy(scenario["resource"], "resource")] if "resource" in scenario else [],
        kind=ResourcePolicyKind(scenario.get("kind", "ordinary")),
    )


def asked(scenario: dict, action: str, resource: str, context: dict[str, str]) -> Request:
    return Request(
        principal=PRINCIPALS[scenario["principal"]],
        action=action,
        resource=resource,
        resource_account=scenario.get("account", ACCOUNT),
        context=Context(context),
    )


@pytest.mark.parametrize(("scenario", "request_"), CASES)
def test_decision_is_as_documented(scenario: dict, request_: list) -> None:
    action, resource, outcome, *more = request_
    lacking, context = [*more, *("", {})[len(more) :]]
    decision = decide(asked(scenario, action, resource, context), policies(scenario))
    assert decision.outcome.value == outcome
    if not decision.is_allowed:
        assert decision.policy_type is PolicyType(lacking)


def test_decision_names_the_policy_and_the_statement() -> None:
    scenario = {
        "principal": "user",
        "identity": [
            [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
            [{"Sid": "NoDeletes", "Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}],
        ],
    }
    denied = decide(asked(scenario, "s3:DeleteObject", "arn:aws:s3:::b/k", {}), policies(scenario))
    assert (denied.policy, denied.statement) == ("identity 1", "NoDeletes")
    allowed = decide(asked(scenario, "s3:GetObject", "arn:aws:s3:::b/k", {}), policies(scenario))
    assert (allowed.policy, allowed.statement) == ("identity 0", "1")


# What must hold for all policies

ACTIONS = st.sampled_from(["s3:GetObject", "s3:*", "*", "sqs:SendMessage", "s3:?etObject"])
RESOURCES = st.sampled_from(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:aws:sqs:*:*:q"])
NAMED = st.sampled_from(
    [
        "*",
        {"AWS": ACCOUNT},
        {"AWS": USER},
        {"AWS": PRINCIPALS["session"].issuer_arn},
        {"AWS": PRINCIPALS["session"].arn},
    ]
)
KEYS = st.sampled_from(
    [{}, {"StringEquals": {"a:b": "c"}}, {"Null": {"a:b": "true"}}, {"StringNotLike": {"a:b": "c*"}}]
)


@st.composite
def statements(draw: st.DrawFn, effects: tuple[str, ...] = ("Allow", "Deny"), *, on_resource: bool = False) -> dict:
    action = draw(st.sampled_from(["Action", "NotAction"]))
    resource = draw(st.sampled_from(["Resource", "NotResource"]))
    found = {
        "Effect": draw(st.sampled_from(effects)),
        action: draw(ACTIONS),
        resource: draw(RESOURCES),
        "Condition": draw(KEYS),
    }
    return found | ({"Principal": draw(NAMED)} if on_resource else {})


LISTS = st.lists(statements(), max_size=3)
ON_RESOURCE = st.lists(statements(on_resource=True), max_size=3)
ALLOWS = ("Allow",)


@st.composite
def worlds(draw: st.DrawFn) -> dict:
    world = {
        "principal": draw(st.sampled_from(["user", "session", "federated"])),
        "identity": draw(st.lists(LISTS, max_size=3)),
        "session": draw(st.lists(LISTS, max_size=2)),
        "resource": draw(ON_RESOURCE),
        "kind": draw(st.sampled_from(["ordinary", "key"])),
        "account": draw(st.sampled_from([ACCOUNT, "222222222222"])),
    }
    return world | ({"boundary": draw(LISTS)} if draw(st.booleans()) else {})


CONTEXTS = st.sampled_from([{}, {"a:b": "c"}, {"a:b": "d"}])


def outcome_of(world: dict, context: dict[str, str]) -> Outcome:
    return decide(asked(world, "s3:GetObject", "arn:aws:s3:::b/k", context), policies(world)).outcome


@given(worlds(), CONTEXTS, st.sampled_from(["identity", "session", "boundary", "resource"]))
def test_a_denial_that_applies_wins(world: dict, context: dict[str, str], where: str) -> None:
    denial = {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}
    if where in ("identity", "session"):
        world[where] = [*world[where], [denial]]
    else:
        world[where] = [*world.get(where, []), denial | ({"Principal": "*"} if where == "resource" else {})]
    assert outcome_of(world, context) is Outcome.EXPLICIT_DENY


@given(worlds(), CONTEXTS, statements(ALLOWS), statements(ALLOWS, on_resource=True))
def test_adding_an_allow_takes_nothing_away(world: dict, context: dict[str, str], own: dict, others: dict) -> None:
    before = outcome_of(world, context)
    more = world | {"identity": [*world["identity"], [own]], "resource": [*world["resource"], others]}
    if before is Outcome.ALLOWED:
        assert outcome_of(more, context) is Outcome.ALLOWED
    if before is Outcome.EXPLICIT_DENY:
        assert outcome_of(more, context) is Outcome.EXPLICIT_DENY


@given(worlds(), CONTEXTS, st.randoms(use_true_random=False))
def test_order_does_not_matter(world: dict, context: dict[str, str], random) -> None:
    mixed = dict(world)
    for part in ("identity", "session"):
        mixed[part] = [random.sample(each, len(each)) for each in random.sample(world[part], len(world[part]))]
    mixed["resource"] = random.sample(world["resource"], len(world["resource"]))
    assert outcome_of(mixed, context) is outcome_of(world, context)


@given(worlds(), CONTEXTS)
def test_an_allow_under_a_key_that_the_request_lacks_allows_nothing(world: dict, context: dict[str, str]) -> None:
    def keyed(each: dict) -> dict:
        return each | {"Condition": {"StringLike": {"no:such/key": "*"}}} if each["Effect"] == "Allow" else each

    for part in ("identity", "session"):
        world[part] = [[keyed(each) for each in statements_] for statements_ in world[part]]
    world["resource"] = [keyed(each) for each in world["resource"]]
    assert outcome_of(world, context) is not Outcome.ALLOWED


@given(worlds(), CONTEXTS)
def test_a_boundary_and_session_policies_only_take_away(world: dict, context: dict[str, str]) -> None:
    free = {**world, "session": []}
    free.pop("boundary", None)
    if outcome_of(world, context) is Outcome.ALLOWED:
        assert outcome_of(free, context) is Outcome.ALLOWED or world["principal"] == "federated"
