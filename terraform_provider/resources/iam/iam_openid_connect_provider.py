"""aws_iam_openid_connect_provider."""

from collections.abc import Iterable

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.values.unknown import State, Value

SCHEME = "https://"
LONGEST_CLIENT_ID = 255
THUMBPRINT_LENGTH = 40


@resource("aws_iam_openid_connect_provider")
class OpenIdConnectProvider(Resource):
    noun = "IAM OIDC Provider"
    title = "url"
    gone = ("NoSuchEntity",)

    def validate(self, config: State) -> None:
        url = config.get("url")
        if isinstance(url, str) and not url.startswith(SCHEME):
            raise ProviderError('"url" must have https scheme', f'Write it as "{SCHEME}...", not "{url}".', ("url",))
        for each in _known(config.get("client_id_list")):
            if not 1 <= len(each) <= LONGEST_CLIENT_ID:
                raise ProviderError(
                    f"expected length of client_id_list to be in the range (1 - {LONGEST_CLIENT_ID}), got {each}",
                    path=("client_id_list",),
                )
        for each in _known(config.get("thumbprint_list")):
            if len(each) != THUMBPRINT_LENGTH:
                raise ProviderError(
                    f"expected length of thumbprint_list to be in the range ({THUMBPRINT_LENGTH} - "
                    f"{THUMBPRINT_LENGTH}), got {each}",
                    path=("thumbprint_list",),
                )

    def create(self, aws: Aws, planned: State) -> str:
        thumbprints = {"ThumbprintList": planned["thumbprint_list"]} if planned["thumbprint_list"] else {}
        made = aws.client("iam").create_open_id_connect_provider(
            Url=planned["url"],
            ClientIDList=planned["client_id_list"],
            Tags=tags.as_list(planned["tags_all"]),
            **thumbprints,
        )
        return str(made["OpenIDConnectProviderArn"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=state["id"])
        return {
            "arn": state["id"],
            "client_id_list": found.get("ClientIDList", []),
            "thumbprint_list": found.get("ThumbprintList", []),
            "url": found["Url"],
            "tags_all": tags.as_dict(found.get("Tags")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        iam, name = aws.client("iam"), {"OpenIDConnectProviderArn": prior["id"]}
        if "thumbprint_list" in changed and planned["thumbprint_list"]:
            iam.update_open_id_connect_provider_thumbprint(ThumbprintList=planned["thumbprint_list"], **name)
        old, new = set(prior["client_id_list"]), set(planned["client_id_list"])
        for each in sorted(new - old):
            iam.add_client_id_to_open_id_connect_provider(ClientID=each, **name)
        for each in sorted(old - new):
            iam.remove_client_id_from_open_id_connect_provider(ClientID=each, **name)
        if "tags_all" in changed:
            tags.change(
                prior,
                planned,
                untag=lambda keys: iam.untag_open_id_connect_provider(TagKeys=keys, **name),
                tag=lambda added: iam.tag_open_id_connect_provider(Tags=tags.as_list(added), **name),
            )

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=state["id"])


def _known(texts: Value) -> Iterable[str]:
    return [each for each in texts if isinstance(each, str)] if isinstance(texts, list) else []
