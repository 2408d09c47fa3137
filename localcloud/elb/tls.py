"""TLS of HTTPS listeners: AWS's security policies as Envoy's transport socket. Pure."""

from typing import Any

from localcloud.elb.model import Tls

JSON = dict[str, Any]

POLICY_PREFIX = "ELBSecurityPolicy-"
VERSIONS = {
    "TLS13-1-3-2021-06": ("TLSv1_3", "TLSv1_3"),
    "TLS13-1-3-PQ-2025-09": ("TLSv1_3", "TLSv1_3"),
    "TLS13-1-2-2021-06": ("TLSv1_2", "TLSv1_3"),
    "TLS13-1-2-PQ-2025-09": ("TLSv1_2", "TLSv1_3"),
    "TLS13-1-2-Res-2021-06": ("TLSv1_2", "TLSv1_3"),
    "TLS13-1-2-Res-PQ-2025-09": ("TLSv1_2", "TLSv1_3"),
    "TLS13-1-2-Ext1-2021-06": ("TLSv1_2", "TLSv1_3"),
    "TLS13-1-2-Ext1-PQ-2025-09": ("TLSv1_2", "TLSv1_3"),
    "TLS13-1-2-Ext2-2021-06": ("TLSv1_2", "TLSv1_3"),
    "TLS13-1-2-Ext2-PQ-2025-09": ("TLSv1_2", "TLSv1_3"),
    "TLS13-1-1-2021-06": ("TLSv1_1", "TLSv1_3"),
    "TLS13-1-0-2021-06": ("TLSv1_0", "TLSv1_3"),
    "TLS13-1-0-PQ-2025-09": ("TLSv1_0", "TLSv1_3"),
    "TLS-1-2-Ext-2018-06": ("TLSv1_2", "TLSv1_2"),
    "TLS-1-2-2017-01": ("TLSv1_2", "TLSv1_2"),
    "TLS-1-1-2017-01": ("TLSv1_1", "TLSv1_2"),
    "2016-08": ("TLSv1_0", "TLSv1_2"),
    "FS-1-2-Res-2020-10": ("TLSv1_2", "TLSv1_2"),
}
"""Policy -> lowest and highest TLS version, for the policies that DescribeSSLPolicies lists here."""
DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
"""The API's default."""

MODERN_CIPHERS = [
    f"ECDHE-{signed_with}-{cipher}"
    for signed_with in ("ECDSA", "RSA")
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384")
]
OLD_CIPHERS = [
    *MODERN_CIPHERS,
    *(f"ECDHE-{signed_with}-{cipher}" for signed_with in ("ECDSA", "RSA") for cipher in ("AES128-SHA", "AES256-SHA")),
]
"""Versions below 1.2 support none of the modern ones."""

TO_TARGETS: JSON = {
    "name": "envoy.transport_sockets.tls",
    "typed_config": {"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"},
}
"""TLS to targets; like ALB, without checking their certificates."""

INSPECTOR: JSON = {
    "name": "envoy.filters.listener.tls_inspector",
    "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
    },
}
"""Detects TLS by the first bytes of a connection."""


def is_policy(name: str) -> bool:
    """Return whether a listener may use this security policy."""
    return name.startswith(POLICY_PREFIX) and name.removeprefix(POLICY_PREFIX) in VERSIONS


def transport_socket(tls: Tls, *, http2: bool) -> JSON:
    """Return Envoy's TLS settings for a listener; the client's server name selects the certificate, as in ALB."""
    lowest, highest = VERSIONS[tls.policy.removeprefix(POLICY_PREFIX)]
    old = lowest in ("TLSv1_0", "TLSv1_1")
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            "common_tls_context": {
                "tls_params": {
                    "tls_minimum_protocol_version": lowest,
                    "tls_maximum_protocol_version": highest,
                    "cipher_suites": OLD_CIPHERS if old else MODERN_CIPHERS,
                },
                "tls_certificates": [
                    {
                        "certificate_chain": {"inline_string": certificate.chain},
                        "private_key": {"inline_string": certificate.key},
                    }
                    for certificate in tls.certificates
                ],
                "alpn_protocols": ["h2", "http/1.1"] if http2 else ["http/1.1"],
            },
        },
    }
