"""aws_acm_certificate_validation: waits until a certificate is issued."""

from datetime import UTC, datetime
from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import timeout_s, wait_until
from terraform_provider.resources.acm import _certificates
from terraform_provider.values.unknown import State

TIMEOUT = "75m"
ISSUED = "ISSUED"
NO_TIME = datetime(1, 1, 1, tzinfo=UTC)
"""The real provider's id has this time of issue for a certificate that was not yet issued when the wait began."""


@resource("aws_acm_certificate_validation")
class Validation(Resource):
    noun = "ACM Certificate Validation"
    title = "certificate_arn"
    gone = _certificates.GONE

    def create(self, aws: Aws, planned: State) -> str:
        arn = planned["certificate_arn"]
        found = _certificates.described(aws, arn)
        if found["Type"] != _certificates.AMAZON_ISSUED:
            raise ProviderError(f"ACM Certificate ({arn}) has type {found['Type']}, no validation necessary")
        _refuse_missing(found, planned["validation_record_fqdns"] or [])
        wait_until(
            aws,
            "the certificate",
            lambda: _certificates.status(aws, arn),
            (ISSUED,),
            pending=(_certificates.PENDING,),
            timeout_s=timeout_s(planned, "create", TIMEOUT),
        )
        return f"{found.get('IssuedAt', NO_TIME).astimezone(UTC):%Y-%m-%d %H:%M:%S} +0000 UTC"

    def read(self, aws: Aws, state: State) -> State | None:
        found = _certificates.described(aws, state["certificate_arn"])
        return {"certificate_arn": found["CertificateArn"]} if found["Status"] == ISSUED else None

    def delete(self, aws: Aws, state: State) -> None:
        """Do nothing: there is nothing at AWS but the certificate."""


def _refuse_missing(found: dict[str, Any], records: list[str]) -> None:
    """Refuse records that do not prove all of the certificate's names."""
    if not records:
        return
    named = {record.removesuffix(".") for record in records}
    missing = []
    for each in found.get("DomainValidationOptions") or ():
        method = each.get("ValidationMethod")
        if method != "DNS":
            raise ProviderError(f"validation_record_fqdns is not valid for {method} validation")
        name = each.get("ResourceRecord", {}).get("Name", "").removesuffix(".")
        if name and name not in named:
            missing.append(f"missing {each['DomainName']} DNS validation record: {name}")
    if missing:
        raise ProviderError("\n".join(missing), "Name each record's fqdn.", ("validation_record_fqdns",))
