"""aws_acm_certificate."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import refuse_not_served
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.names import unique_suffix
from terraform_provider.framework.nulls import given
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import duration_s, retried, wait_for
from terraform_provider.resources.acm import _certificates
from terraform_provider.values.unknown import State

IN_USE_TIMEOUT = "20m"
RECORDS_TIMEOUT = "5m"
TOKEN_PREFIX = "tf"  # noqa: S105, an idempotency token
CONTENT = {"certificate_body": "Certificate", "certificate_chain": "CertificateChain", "private_key": "PrivateKey"}
REQUEST = {
    "certificate_authority_arn": "CertificateAuthorityArn",
    "domain_name": "DomainName",
    "key_algorithm": "KeyAlgorithm",
    "validation_method": "ValidationMethod",
}
NOT_SERVED = ("early_renewal_duration",)
TRANSPARENCY = "certificate_transparency_logging_preference"
NO_VALIDATION = "NONE"


@resource("aws_acm_certificate")
class Certificate(Resource):
    noun = "ACM Certificate"
    title = "domain_name"
    gone = _certificates.GONE

    def validate(self, config: State) -> None:
        if not config.get("domain_name") and not config.get("private_key"):
            raise ProviderError("one of `domain_name,private_key` must be specified", path=("domain_name",))
        refuse_not_served(
            config, NOT_SERVED, advice="The local cloud renews no certificates. Leave it out, or use the real provider."
        )

    def create(self, aws: Aws, planned: State) -> str:
        marked = {"Tags": tags.as_list(planned["tags_all"])} if planned["tags_all"] else {}
        if not planned["domain_name"]:
            return str(aws.client("acm").import_certificate(**_content(planned), **marked)["CertificateArn"])
        if not planned["certificate_authority_arn"] and not planned["validation_method"]:
            raise ProviderError(
                "`certificate_authority_arn` or `validation_method` must be set when creating an ACM certificate",
                'Set validation_method = "DNS".',
                ("validation_method",),
            )
        optional = {
            "DomainValidationOptions": [
                {"DomainName": each["domain_name"], "ValidationDomain": each["validation_domain"]}
                for each in planned["validation_option"] or ()
            ],
            "Options": _options(planned),
            "SubjectAlternativeNames": sorted(planned["subject_alternative_names"] or ()),
        }
        made = aws.client("acm").request_certificate(
            IdempotencyToken=TOKEN_PREFIX + unique_suffix(),
            **given(planned, REQUEST),
            **{key: value for key, value in optional.items() if value},
            **marked,
        )
        return str(made["CertificateArn"])

    def complete(self, aws: Aws, state: State) -> None:
        wait_for(
            aws,
            "the records that validate it",
            lambda: _can_be_validated(_certificates.described(aws, state["id"])),
            timeout_s=duration_s(RECORDS_TIMEOUT),
        )

    def read(self, aws: Aws, state: State) -> State | None:
        found = _certificates.described(aws, state["id"])
        if found["Status"] == _certificates.TIMED_OUT:
            return None
        listed = aws.client("acm").list_tags_for_certificate(CertificateArn=state["id"])
        options, renewal = found.get("Options"), found.get("RenewalSummary")
        validations = found.get("DomainValidationOptions") or []
        is_issued_by_amazon = found["Type"] == _certificates.AMAZON_ISSUED
        return {
            "arn": found["CertificateArn"],
            "certificate_authority_arn": found.get("CertificateAuthorityArn"),
            "domain_name": found.get("DomainName"),
            "domain_validation_options": [_record(each) for each in validations if "ResourceRecord" in each],
            "early_renewal_duration": state["early_renewal_duration"],
            "key_algorithm": found.get("KeyAlgorithm", "").replace("-", "_"),
            "not_after": _certificates.time(found.get("NotAfter")),
            "not_before": _certificates.time(found.get("NotBefore")),
            "options": []
            if options is None
            else [{TRANSPARENCY: options.get("CertificateTransparencyLoggingPreference", "")}],
            "pending_renewal": False,
            "renewal_eligibility": found.get("RenewalEligibility"),
            "renewal_summary": [] if renewal is None else [_renewal(renewal)],
            "status": found["Status"],
            "subject_alternative_names": found.get("SubjectAlternativeNames") or [],
            "type": found["Type"],
            "validation_emails": [mail for each in validations for mail in each.get("ValidationEmails") or ()],
            "validation_method": validations[0].get("ValidationMethod")
            if is_issued_by_amazon and validations
            else NO_VALIDATION,
            "tags_all": tags.as_dict(listed["Tags"]),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        acm, arn = aws.client("acm"), prior["id"]
        if changed & CONTENT.keys():
            acm.import_certificate(CertificateArn=arn, **_content(planned))
        if "options" in changed and planned["options"]:
            acm.update_certificate_options(CertificateArn=arn, Options=_options(planned))
        if "tags_all" in changed:
            tags.change(
                prior,
                planned,
                untag=lambda keys: acm.remove_tags_from_certificate(
                    CertificateArn=arn, Tags=[{"Key": key} for key in keys]
                ),
                tag=lambda added: acm.add_tags_to_certificate(CertificateArn=arn, Tags=tags.as_list(added)),
            )

    def delete(self, aws: Aws, state: State) -> None:
        # A deleted listener may still use it for a while.
        retried(
            aws,
            lambda: aws.client("acm").delete_certificate(CertificateArn=state["id"]),
            codes=("ResourceInUseException",),
            timeout_s=duration_s(IN_USE_TIMEOUT),
        )


def _content(planned: State) -> dict[str, bytes]:
    return {theirs: planned[ours].encode() for ours, theirs in CONTENT.items() if planned[ours]}


def _options(planned: State) -> dict[str, str]:
    blocks = planned["options"]
    wanted = blocks[0].get(TRANSPARENCY) if blocks else None
    return {"CertificateTransparencyLoggingPreference": wanted} if wanted else {}


def _can_be_validated(found: dict[str, Any]) -> bool:
    if found["Type"] == "PRIVATE":
        return bool(found["Status"] != _certificates.PENDING)
    return found["Type"] != _certificates.AMAZON_ISSUED or any(
        "ResourceRecord" in each or each.get("ValidationEmails") or each.get("ValidationStatus") == "SUCCESS"
        for each in found.get("DomainValidationOptions") or ()
    )


def _record(found: dict[str, Any]) -> State:
    record = found["ResourceRecord"]
    return {
        "domain_name": found["DomainName"],
        "resource_record_name": record["Name"],
        "resource_record_type": record["Type"],
        "resource_record_value": record["Value"],
    }


def _renewal(found: dict[str, Any]) -> State:
    return {
        "renewal_status": found.get("RenewalStatus", ""),
        "renewal_status_reason": found.get("RenewalStatusReason", ""),
        "updated_at": _certificates.time(found.get("UpdatedAt")) or "",
    }
