"""Listeners as ELB describes them: what the resource and the data source share."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.resources.elb import _actions
from terraform_provider.values.unknown import State


def attributes(found: Mapping[str, Any], actions_before: list[State] | None) -> State:
    """Return ELB's attributes without those that do not apply to the listener's protocol."""
    made: State = {
        "arn": found["ListenerArn"],
        "load_balancer_arn": found["LoadBalancerArn"],
        "port": found.get("Port"),
        "protocol": found.get("Protocol"),
        "ssl_policy": found.get("SslPolicy", ""),
        "default_action": _actions.as_blocks(found["DefaultActions"], actions_before),
        "mutual_authentication": _mutual_authentication(found),
    }
    for certificate in found.get("Certificates") or ():
        if certificate.get("CertificateArn"):
            made["certificate_arn"] = certificate["CertificateArn"]
    for policy in found.get("AlpnPolicy") or ():
        made["alpn_policy"] = policy
    return made


def _mutual_authentication(found: Mapping[str, Any]) -> list[State]:
    mutual = found.get("MutualAuthentication")
    if not mutual:
        return []
    block = {
        "advertise_trust_store_ca_names": mutual.get("AdvertiseTrustStoreCaNames"),
        "mode": mutual["Mode"],
        "trust_store_arn": mutual.get("TrustStoreArn", ""),
        "ignore_client_certificate_expiry": mutual.get("IgnoreClientCertificateExpiry"),
    }
    return [block]
