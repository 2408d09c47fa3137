"""Shared code of WAF's types: ids of imports, tags, and temporary refusals."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.waiting import retried
from terraform_provider.values.unknown import State

GONE = "WAFNonexistentItemException"
NOT_YET = "WAFUnavailableEntityException"
IN_USE = "WAFAssociatedItemException"
CHANGED_MEANWHILE = "WAFOptimisticLockException"
TIMEOUT_S = 300.0
PARTS = 3
T = TypeVar("T")


def imported(text: str) -> State:
    """Read the id of an import. Errors: ProviderError."""
    parts = text.split("/")
    if len(parts) != PARTS or not all(parts):
        raise ProviderError(
            f"unexpected format of ID ({text}), expected ID/NAME/SCOPE", "Write it as in ID/my-acl/REGIONAL."
        )
    return dict(zip(("id", "name", "scope"), parts, strict=True))


def settled(aws: Aws, call: Callable[[], T], *codes: str) -> T:
    """Repeat a call while a resource that it names is too new, or still in use."""
    return retried(aws, call, codes=codes or (NOT_YET,), timeout_s=TIMEOUT_S)


def place(state: State) -> dict[str, str]:
    return {"Id": state["id"], "Name": state["name"], "Scope": state["scope"]}


def changed(
    aws: Aws, operation: str, kind: str, state: State, *codes: str, members: Mapping[str, Any] | None = None
) -> None:
    """Update or delete an "ip_set" or "web_acl" with its lock token, which every change renews."""
    wafv2, where = aws.client("wafv2"), place(state)
    call, look = getattr(wafv2, f"{operation}_{kind}"), getattr(wafv2, f"get_{kind}")

    def attempt() -> None:
        call(**where, **(members or {}), LockToken=look(**where)["LockToken"])

    def unless_others_change_it() -> None:
        try:
            attempt()
        except ClientError as exc:
            if code_of(exc) != CHANGED_MEANWHILE:
                raise
            attempt()

    settled(aws, unless_others_change_it, *codes)


def tags_of(aws: Aws, arn: str) -> dict[str, str]:
    answer = aws.client("wafv2").list_tags_for_resource(ResourceARN=arn)
    return tags.as_dict(answer.get("TagInfoForResource", {}).get("TagList"))


def change_tags(aws: Aws, prior: State, planned: State) -> None:
    wafv2: Any = aws.client("wafv2")
    tags.change(
        prior,
        planned,
        untag=lambda keys: wafv2.untag_resource(ResourceARN=prior["arn"], TagKeys=keys),
        tag=lambda added: wafv2.tag_resource(ResourceARN=prior["arn"], Tags=tags.as_list(added)),
    )


def tagged(planned: State) -> dict[str, Any]:
    listed = tags.as_list(planned["tags_all"])
    return {"Tags": listed} if listed else {}
