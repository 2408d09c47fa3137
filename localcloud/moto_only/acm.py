"""ACM: a certificate is issued as soon as Route 53 has the records that prove its names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from localcloud.moto.patching import wrap

if TYPE_CHECKING:
    from moto.acm.models import CertBundle

PENDING, ISSUED = "PENDING_VALIDATION", "ISSUED"


def patch() -> None:
    """Issue certificates by their records: moto issues each after a minute."""
    from moto.acm.models import CertBundle

    wrap(CertBundle, "check", _issuing)


def ends(account_id: str) -> dict[str, dict[str, datetime]]:
    """Return region -> ARN -> end of each issued certificate. Without any, this does not import moto's ACM."""
    if "moto.acm.models" not in sys.modules:
        return {}
    from moto.acm.models import acm_backends

    return {
        region: {
            arn: bundle._cert.not_valid_after_utc
            for arn, bundle in backend._certificates.items()
            if bundle.status == ISSUED
        }
        for region, backend in acm_backends[account_id].items()
    }


def _issuing(check: Callable[..., None]) -> Callable[..., None]:
    def checking(self: CertBundle) -> None:
        check(self)
        if self.status == PENDING and _wanted(self) <= _records(self.arn.split(":")[4]):
            self.status = ISSUED

    return checking


def _wanted(bundle: CertBundle) -> set[tuple[str, str]]:
    """Return the names and values of the records that prove a certificate's names."""
    options = bundle.describe()["Certificate"]["DomainValidationOptions"]
    return {(each["ResourceRecord"]["Name"], each["ResourceRecord"]["Value"]) for each in options}


def _records(account_id: str) -> set[tuple[str, str]]:
    """Return the CNAME records of all zones. Without Route 53's module there are none."""
    if "moto.route53.models" not in sys.modules:
        return set()
    from moto.route53.models import route53_backends

    zones = route53_backends[account_id]["aws"].zones.values()
    records = (each for zone in zones for each in zone.rrsets if each.type == "CNAME")
    return {(record.name, value) for record in records for value in record.records}
