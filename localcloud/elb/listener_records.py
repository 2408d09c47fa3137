"""moto's listeners, with their certificates from ACM and IAM -> listeners of the model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from localcloud.elb import listener_attributes
from localcloud.elb.certificates import LocalCertificates
from localcloud.elb.model import Balancer, Certificate, Field, Listener, Rule, Tls
from localcloud.elb.rule_records import rule
from localcloud.elb.tls import DEFAULT_POLICY

if TYPE_CHECKING:
    from moto.elbv2.models import FakeListener

HTTPS = "HTTPS"
HOST_NAME = re.compile(r"(\*\.)?[A-Za-z0-9.-]+")


def listener(record: FakeListener, balancer: Balancer, local_certificates: LocalCertificates) -> Listener:
    """Return a listener. Errors: those of `rule`, and StopIteration without a default rule."""
    ranked = sorted(
        (each for each in record.rules.values() if not each.is_default), key=lambda each: int(each.priority)
    )
    default = next(each for each in record.rules.values() if each.is_default)
    rules = tuple(rule(each) for each in [*ranked, default])
    return Listener(
        arn=record.arn,
        port=int(record.port),
        balancer=balancer,
        rules=rules,
        tls=_tls(record, rules, local_certificates) if record.protocol == HTTPS else None,
        response_headers=listener_attributes.response_headers(record.attributes),
        names_server=listener_attributes.names_server(record.attributes),
        tls_version_header=listener_attributes.request_header(record.attributes, listener_attributes.TLS_VERSION),
        tls_cipher_header=listener_attributes.request_header(record.attributes, listener_attributes.TLS_CIPHER),
    )


def _tls(record: FakeListener, rules: tuple[Rule, ...], local_certificates: LocalCertificates) -> Tls:
    hosts = [
        value
        for rule in rules
        for condition in rule.conditions
        if condition.field is Field.HOST
        for value in condition.values
        if HOST_NAME.fullmatch(value)
    ]
    account_id, region = record.arn.split(":")[4], record.arn.split(":")[3]
    return Tls(
        record.ssl_policy or DEFAULT_POLICY,
        tuple(
            _certificate(account_id, region, arn, hosts, local_certificates)
            for arn in dict.fromkeys(record.certificates)
        ),
    )


def _certificate(
    account_id: str, region: str, arn: str, hosts: list[str], local_certificates: LocalCertificates
) -> Certificate:
    """Return an imported certificate as it is. For one that AWS would have issued, no key is available that clients
    could trust: return a local certificate instead.
    """
    from moto.acm.models import AWS_ROOT_CA, acm_backends
    from moto.iam.models import iam_backends

    bundle = acm_backends[account_id][region]._certificates.get(arn)
    if bundle is not None and bundle.type == "IMPORTED":
        # moto adds a root to each chain; clients do not need it.
        chain = bundle.chain.replace(AWS_ROOT_CA, b"").strip()
        return Certificate(arn, (bundle.cert.strip() + b"\n" + chain).decode(), bundle.key.decode())
    server_certificate = iam_backends[account_id]["aws"].get_certificate_by_arn(arn)
    if server_certificate is not None:
        chain_text = server_certificate.cert_chain or ""
        return Certificate(arn, f"{server_certificate.cert_body.strip()}\n{chain_text}", server_certificate.private_key)
    named = [bundle.common_name, *bundle.sans] if bundle is not None else []
    return Certificate(arn, *local_certificates.pair([*named, *hosts]))
