"""Evaluates the policies that apply to a call: what the call needs, and a decision on each need."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from localcloud.authorization.context import Context
from localcloud.authorization.decision import Decision, Policies, decide
from localcloud.authorization.needs import Need, needs_of
from localcloud.authorization.policies import Policy
from localcloud.authorization.principals import Principal
from localcloud.authorization.resources import ANY, Place
from localcloud.enforcement.calls import Call
from localcloud.enforcement.context_keys import (
    ALIASES,
    BOUNDARY,
    EXISTING,
    TIMES,
    TagsOf,
    is_of_tag,
    of_aliases,
    of_boundary,
    of_encryption,
    of_object,
    resource_tags,
    tag_context,
)
from localcloud.enforcement.documents import Document
from localcloud.enforcement.identity_policies import CallerPolicies
from localcloud.enforcement.item_keys import KEYS as OF_ITEMS
from localcloud.enforcement.item_keys import item_keys
from localcloud.enforcement.key_uses import key_needs
from localcloud.enforcement.missing_objects import listing_needs
from localcloud.enforcement.names import resolved
from localcloud.enforcement.resource_policies import NONE, OfResource, policies_on

STORED = frozenset(
    {
        *("application-autoscaling", "backup", "dynamodb", "ecr", "elasticache", "iam", "kms", "rds", "s3"),
        *("secretsmanager", "ses", "sns", "sqs", "ssm", "sts"),
    }
)
"""Services whose calls depend on what moto has stored: names, keys, policies of resources."""
MOST_KEPT = 4096
Further = Callable[[Call, Place], Iterable[Need]]


@dataclass(frozen=True, kw_only=True)
class EvaluatedCall:
    """A call with its caller's policies. `keys`: returns the condition keys of transport and session."""

    principal: Principal
    policies: CallerPolicies
    call: Call
    keys: Callable[[], Context]
    place: Place


@dataclass
class PolicyEvaluator:
    """Evaluates the policies that apply to calls.

    `further`: additional needs, by service; `tags`: those of resources that moto does not store; `tags_of_any`: of all
    that it does, called in its thread.
    """

    further: dict[tuple[str, str], Further] = field(default_factory=dict)
    tags: dict[str, TagsOf] = field(default_factory=dict)
    tags_of_any: TagsOf | None = None
    _kept: dict[tuple[object, ...], Decision] = field(default_factory=dict)

    def needs_stored(self, service: str, policies: CallerPolicies) -> bool:
        """Return whether a call has to be evaluated in moto's thread."""
        return service in STORED or any(is_of_tag(key) for each in policies.documents for key in each.keys)

    def decisions(self, evaluated: EvaluatedCall, needs: Sequence[Need] | None = None) -> list[Decision]:
        """Return a decision for each need of a call. `needs`: those that are known already."""
        call, place = evaluated.call, evaluated.place
        if needs is None:
            needs = self.needs(call, place)
        return [self._decision(evaluated, need) for need in needs]

    def needs(self, call: Call, place: Place) -> list[Need]:
        """Return what a call needs."""
        parameters = resolved(call.service, call.operation, call.parameters, place)
        given = (call.service, call.operation, parameters, place)
        found = list(needs_of(*given))
        if call.service in STORED:
            found += key_needs(*given)
            found += listing_needs(*given)
        if further := self.further.get((call.service, call.operation)):
            found += further(call, place)
        return found

    def _decision(self, evaluated: EvaluatedCall, need: Need) -> Decision:
        has_stored_policy = need.resource != ANY
        on_resource = policies_on(need.action, need.resource, evaluated.place) if has_stored_policy else NONE
        documents = (*evaluated.policies.documents, *on_resource.documents)
        mentioned = frozenset[str]().union(*(each.keys for each in documents))
        # Computing the keys takes longer than the rest of a cached decision.
        keys = evaluated.keys() | self._stored_keys(evaluated, need, mentioned) if mentioned else None
        account = _account_of(need.resource, evaluated.place)
        if keys is not None and mentioned & TIMES:
            return _decided(evaluated, need, keys, account, on_resource)
        values: tuple[tuple[str, tuple[str, ...]], ...] = ()
        if keys is not None:
            both = ((key, need.keys.get(key) or keys.get(key)) for key in sorted(mentioned))
            values = tuple((key, found) for key, found in both if found)
        who, own = evaluated.principal, evaluated.policies
        # The same document may have been an attached policy before, and a boundary or session policy now.
        applied = (own.identity, own.boundary, own.session, on_resource.documents, on_resource.kind)
        known_by = (who.arn, who.user_id, *sorted(who.tags.items()), applied, need.action, need.resource, values)
        decision = self._kept.get(known_by)
        if decision is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            decision = self._kept[known_by] = _decided(evaluated, need, keys or evaluated.keys(), account, on_resource)
        return decision

    def _stored_keys(self, evaluated: EvaluatedCall, need: Need, mentioned: frozenset[str]) -> Context:
        found = of_encryption(evaluated.call, evaluated.place)
        if need.action.startswith("s3:") and need.resource != ANY:
            found = found | Context({"s3:ResourceAccount": _account_of(need.resource, evaluated.place)})
        if need.action.startswith("ec2:"):
            found = found | Context({"ec2:Region": evaluated.place.region})
        if need.action.startswith("sns:"):
            found = found | Context({"aws:SourceOwner": evaluated.principal.account_id})
        if need.action.startswith("dynamodb:") and not mentioned.isdisjoint(OF_ITEMS):
            found = found | item_keys(evaluated.call, need, evaluated.place)
        if ALIASES in mentioned and need.action.startswith("kms:"):
            found = found | of_aliases(need, evaluated.place)
        if need.action.startswith("s3:") and any(key.startswith(EXISTING) for key in mentioned):
            found = found | of_object(need, evaluated.place)
        if BOUNDARY in mentioned and need.action.startswith("iam:"):
            found = found | of_boundary(need, evaluated.place)
        if any(is_of_tag(key) for key in mentioned):
            tags = resource_tags(need.resource, evaluated.place, self.tags, self.tags_of_any)
            found = found | tag_context(need.action.partition(":")[0], tags)
        return found


def _decided(evaluated: EvaluatedCall, need: Need, keys: Context, account: str, on_resource: OfResource) -> Decision:
    own = evaluated.policies
    policies = Policies(
        identity=_policies(own.identity),
        boundary=own.boundary.policy if own.boundary else None,
        session=_policies(own.session),
        resource=_policies(on_resource.documents),
        kind=on_resource.kind,
    )
    return decide(need.as_request(evaluated.principal, keys, account), policies)


def _policies(documents: Iterable[Document]) -> list[Policy]:
    return [each.policy for each in documents]


def _account_of(resource: str, place: Place) -> str:
    """Return the account in an ARN; that of the request where the ARN has none, as S3's."""
    if resource == ANY:
        return ""
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else place.account_id
