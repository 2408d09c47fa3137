"""aws_s3_bucket_lifecycle_configuration."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.waiting import PROPAGATION_S, timeout_s, wait_for
from terraform_provider.resources.s3 import _calls, _lifecycle
from terraform_provider.resources.s3._setting import Setting, names_of, place_of
from terraform_provider.values.unknown import UNKNOWN, State

TIMEOUT = "3m"
SIZE = "transition_default_minimum_object_size"


@resource("aws_s3_bucket_lifecycle_configuration")
class Lifecycle(Setting):
    noun = "S3 Bucket Lifecycle Configuration"
    gone = (_calls.NO_BUCKET, _lifecycle.NONE)

    def validate(self, config: State) -> None:
        rules = config.get("rule")
        if rules == []:
            raise ProviderError(
                "Invalid Block", "Attribute rule list must contain at least 1 elements, got: 0", ("rule",)
            )
        for rule in rules if isinstance(rules, list) else []:
            _refuse_both(rule)

    def put(self, aws: Aws, place: dict[str, Any], planned: State) -> None:
        s3 = aws.client("s3")
        wanted = {"Rules": _lifecycle.of_blocks(planned["rule"])}
        size = {"TransitionDefaultMinimumObjectSize": planned[SIZE]} if planned[SIZE] else {}
        _calls.put(aws, lambda: s3.put_bucket_lifecycle_configuration(LifecycleConfiguration=wanted, **size, **place))

    def complete(self, aws: Aws, state: State) -> None:
        _wait(aws, state["id"], state, "create")

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        super().update(aws, prior, planned, changed)
        _wait(aws, prior["id"], planned, "update")

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("s3").get_bucket_lifecycle_configuration(**place_of(state["id"]))
        return {
            **names_of(state["id"]),
            "id": state["id"],
            "rule": _lifecycle.as_blocks(found["Rules"]),
            SIZE: found.get("TransitionDefaultMinimumObjectSize", ""),
        }

    def delete(self, aws: Aws, state: State) -> None:
        s3, place = aws.client("s3"), place_of(state["id"])
        s3.delete_bucket_lifecycle(**place)

        def is_gone() -> bool:
            return _calls.found(lambda: s3.get_bucket_lifecycle_configuration(**place), *self.gone) is None

        wait_for(aws, "the lifecycle configuration to be gone", is_gone, timeout_s=PROPAGATION_S)


def _wait(aws: Aws, id_: str, state: State, operation: str) -> None:
    """Wait until S3 shows the rules: its servers apply new ones one after the other."""
    s3 = aws.client("s3")
    wanted = _lifecycle.of_blocks(state["rule"])

    def is_so() -> bool:
        found = _calls.found(lambda: s3.get_bucket_lifecycle_configuration(**place_of(id_)), _lifecycle.NONE)
        shown = _lifecycle.of_blocks(_lifecycle.as_blocks((found or {"Rules": []})["Rules"]))
        return sorted(map(_normal, shown)) == sorted(map(_normal, wanted))

    limit = timeout_s(state, operation, TIMEOUT)
    wait_for(aws, "the lifecycle configuration to change", is_so, timeout_s=limit)


def _normal(rule: dict[str, Any]) -> str:
    """Normalize a rule, so that the order of sets does not matter."""
    listed = {name: sorted(value, key=repr) for name, value in rule.items() if isinstance(value, list)}
    return repr(sorted((rule | listed).items()))


def _refuse_both(rule: Any) -> None:
    for each in (rule if isinstance(rule, dict) else {}).get("transition") or []:
        if isinstance(each, dict) and all(each.get(name) not in (None, UNKNOWN) for name in ("date", "days")):
            raise ProviderError(
                "Invalid Attribute Combination",
                "2 attributes specified when one (and only one) of a transition's date and days is required.",
                ("rule",),
            )
