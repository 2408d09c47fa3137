"""aws_wafv2_web_acl_association."""

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s
from terraform_provider.resources.wafv2 import _calls
from terraform_provider.values.unknown import State

CREATE_TIMEOUT = "5m"


@resource("aws_wafv2_web_acl_association")
class WebAclAssociation(Resource):
    noun = "WAFv2 WebACL Association"
    title = "id"
    gone = (_calls.GONE,)

    def create(self, aws: Aws, planned: State) -> str:
        acl, target = planned["web_acl_arn"], planned["resource_arn"]
        retried(
            aws,
            lambda: aws.client("wafv2").associate_web_acl(WebACLArn=acl, ResourceArn=target),
            codes=(_calls.NOT_YET,),
            timeout_s=timeout_s(planned, "create", CREATE_TIMEOUT),
        )
        return f"{acl},{target}"

    def read(self, aws: Aws, state: State) -> State | None:
        _, target = _parts(state["id"])
        found = aws.client("wafv2").get_web_acl_for_resource(ResourceArn=target).get("WebACL")
        return {"resource_arn": target, "web_acl_arn": found["ARN"]} if found else None

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        """Only `timeouts` can change."""

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("wafv2").disassociate_web_acl(ResourceArn=state["resource_arn"])

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        _parts(id)
        return {"id": id}


def _parts(text: str) -> tuple[str, str]:
    acl, separator, target = text.partition(",")
    if not separator or not acl or not target:
        raise ProviderError(
            f"unexpected format of ID ({text}), expected WEB-ACL-ARN,RESOURCE-ARN", "Write both ARNs with a comma."
        )
    return acl, target
