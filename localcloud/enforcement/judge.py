"""Decides on calls: determines what each needs, which policies apply, and their decision."""

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
    EXISTING,
    TAG_KEYS,
    TIMES,
    TagsOf,
    of_aliases,
    of_encryption,
    of_object,
    resource_tags,
    tag_context,
)
from localcloud.enforcement.documents import Document
from localcloud.enforcement.identity_policies import Held
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
class Asked:
    """A call with its caller's policies. `keys`: returns the condition keys of transport and session."""

    principal: Principal
    held: Held
    call: Call
    keys: Callable[[], Context]
    place: Place


@dataclass
class Judge:
    """Decides on calls.

    `further`: additional needs, by service; `tags`: those of resources that moto does not store.
    """

    further: dict[tuple[str, str], Further] = field(default_factory=dict)
    tags: dict[str, TagsOf] = field(default_factory=dict)
    _kept: dict[tuple[object, ...], Decision] = field(default_factory=dict)

    def needs_stored(self, service: str, held: Held) -> bool:
        """Say whether a call has to be judged in moto's thread."""
        return service in STORED or any(_is_tag(key) for each in held.documents for key in each.keys)

    def judged(self, asked: Asked, needs: Sequence[Need] | None = None) -> list[Decision]:
        """Return a decision for each need of a call. `needs`: those that are known already."""
        call, place = asked.call, asked.place
        if needs is None:
            needs = self.needs(call, place)
        return [self._decision(asked, need) for need in needs]

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

    def _decision(self, asked: Asked, need: Need) -> Decision:
        has_stored_policy = need.resource != ANY
        on_resource = policies_on(need.action, need.resource, asked.place) if has_stored_policy else NONE
        documents = (*asked.held.documents, *on_resource.documents)
        mentioned = frozenset[str]().union(*(each.keys for each in documents))
        # Computing the keys takes longer than the rest of a cached decision.
        keys = asked.keys() | self._stored_keys(asked, need, mentioned) if mentioned else None
        account = _account_of(need.resource, asked.place)
        if keys is not None and mentioned & TIMES:
            return _decided(asked, need, keys, account, on_resource)
        values: tuple[tuple[str, tuple[str, ...]], ...] = ()
        if keys is not None:
            both = ((key, need.keys.get(key) or keys.get(key)) for key in sorted(mentioned))
            values = tuple((key, found) for key, found in both if found)
        who = asked.principal
        known_by = (who.arn, who.user_id, *sorted(who.tags.items()), documents, need.action, need.resource, values)
        decision = self._kept.get(known_by)
        if decision is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            decision = self._kept[known_by] = _decided(asked, need, keys or asked.keys(), account, on_resource)
        return decision

    def _stored_keys(self, asked: Asked, need: Need, mentioned: frozenset[str]) -> Context:
        found = of_encryption(asked.call, asked.place)
        if need.action.startswith("sns:"):
            found = found | Context({"aws:SourceOwner": asked.principal.account_id})
        if need.action.startswith("dynamodb:") and not mentioned.isdisjoint(OF_ITEMS):
            found = found | item_keys(asked.call, need, asked.place)
        if ALIASES in mentioned and need.action.startswith("kms:"):
            found = found | of_aliases(need, asked.place)
        if need.action.startswith("s3:") and any(key.startswith(EXISTING) for key in mentioned):
            found = found | of_object(need, asked.place)
        if any(_is_tag(key) for key in mentioned):
            tags = resource_tags(need.resource, asked.place, self.tags)
            found = found | tag_context(need.action.partition(":")[0], tags)
        return found


def _decided(asked: Asked, need: Need, keys: Context, account: str, on_resource: OfResource) -> Decision:
    held = asked.held
    policies = Policies(
        identity=_policies(held.identity),
        boundary=held.boundary.policy if held.boundary else None,
        session=_policies(held.session),
        resource=_policies(on_resource.documents),
        kind=on_resource.kind,
    )
    return decide(need.asked_by(asked.principal, keys, account), policies)


def _policies(documents: Iterable[Document]) -> list[Policy]:
    return [each.policy for each in documents]


def _is_tag(key: str) -> bool:
    return key.startswith(TAG_KEYS)


def _account_of(resource: str, place: Place) -> str:
    """Return the account in an ARN; that of the request where the ARN has none, as S3's."""
    if resource == ANY:
        return ""
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else place.account_id
