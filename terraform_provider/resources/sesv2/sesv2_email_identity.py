"""aws_sesv2_email_identity."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.values.unknown import State

OWN_KEY = {
    "domain_signing_private_key": "DomainSigningPrivateKey",
    "domain_signing_selector": "DomainSigningSelector",
    "next_signing_key_length": "NextSigningKeyLength",
}
OWN, OF_SES = "EXTERNAL", "AWS_SES"


@resource("aws_sesv2_email_identity")
class EmailIdentity(Resource):
    noun = "SESv2 Email Identity"
    title = "email_identity"
    gone = ("NotFoundException",)

    def create(self, aws: Aws, planned: State) -> str:
        request: dict[str, Any] = {"EmailIdentity": planned["email_identity"]}
        if planned["configuration_set_name"]:
            request["ConfigurationSetName"] = planned["configuration_set_name"]
        if signing := _signing(planned):
            request["DkimSigningAttributes"] = signing
        if planned["tags_all"]:
            request["Tags"] = tags.as_list(planned["tags_all"])
        aws.client("sesv2").create_email_identity(**request)
        return str(planned["email_identity"])

    def read(self, aws: Aws, state: State) -> State | None:
        ses = aws.client("sesv2")
        found = ses.get_email_identity(EmailIdentity=state["id"])
        arn = aws.arn("ses", f"identity/{state['id']}")
        return {
            "arn": arn,
            "configuration_set_name": found.get("ConfigurationSetName"),
            "dkim_signing_attributes": _read_signing(found.get("DkimAttributes"), state),
            "email_identity": state["id"],
            "identity_type": found.get("IdentityType"),
            "tags_all": tags.as_dict(ses.list_tags_for_resource(ResourceArn=arn)["Tags"]),
            "verified_for_sending_status": bool(found.get("VerifiedForSendingStatus")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        ses = aws.client("sesv2")
        if "configuration_set_name" in changed:
            chosen = planned["configuration_set_name"]
            ses.put_email_identity_configuration_set_attributes(
                EmailIdentity=prior["id"], **({"ConfigurationSetName": chosen} if chosen else {})
            )
        if "dkim_signing_attributes" in changed and (signing := _signing(planned)):
            origin = OWN if "DomainSigningPrivateKey" in signing else OF_SES
            ses.put_email_identity_dkim_signing_attributes(
                EmailIdentity=prior["id"], SigningAttributesOrigin=origin, SigningAttributes=signing
            )
        if "tags_all" in changed:
            tags.change(
                prior,
                planned,
                untag=lambda keys: ses.untag_resource(ResourceArn=prior["arn"], TagKeys=keys),
                tag=lambda added: ses.tag_resource(ResourceArn=prior["arn"], Tags=tags.as_list(added)),
            )

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("sesv2").delete_email_identity(EmailIdentity=state["id"])


def _signing(planned: State) -> dict[str, Any]:
    block = (planned["dkim_signing_attributes"] or [None])[0]
    return {theirs: block[ours] for ours, theirs in OWN_KEY.items() if block[ours]} if block else {}


def _read_signing(found: Mapping[str, Any] | None, state: State) -> list[State]:
    """Return the settings of signatures; SES returns neither the private key nor its selector."""
    if not found:
        return []
    written = (state["dkim_signing_attributes"] or [None])[0] or {}
    generated = found.get("LastKeyGenerationTimestamp")
    return [
        {
            "current_signing_key_length": found.get("CurrentSigningKeyLength") or "",
            "domain_signing_private_key": written.get("domain_signing_private_key") or "",
            "domain_signing_selector": written.get("domain_signing_selector") or "",
            "last_key_generation_timestamp": generated.strftime("%Y-%m-%dT%H:%M:%SZ") if generated else "",
            "next_signing_key_length": found.get("NextSigningKeyLength") or "",
            "signing_attributes_origin": found.get("SigningAttributesOrigin") or "",
            "status": found.get("Status") or "",
            "tokens": found.get("Tokens", []),
        }
    ]
