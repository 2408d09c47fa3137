"""Security policies and local certificates."""

from pathlib import Path

from cryptography import x509
from moto.elbv2.ssl_policies import SSL_POLICIES

from localcloud.elb.certificates import LocalCertificates
from localcloud.elb.model import Certificate, Tls
from localcloud.elb.tls import POLICY_PREFIX, VERSIONS, is_policy, transport_socket


def test_policies_and_their_versions_are_those_that_describe_ssl_policies_lists() -> None:
    def as_ours(protocols: list[str]) -> tuple[str, str]:
        names = sorted("TLSv1_0" if name == "TLSv1" else name.replace(".", "_") for name in protocols)
        return names[0], names[-1]

    listed = {name.removeprefix(POLICY_PREFIX): as_ours(held["ssl_protocols"]) for name, held in SSL_POLICIES.items()}
    assert listed == VERSIONS


def test_unknown_policy_is_not_a_policy() -> None:
    assert is_policy("ELBSecurityPolicy-2016-08")
    assert not is_policy("2016-08")
    assert not is_policy("ELBSecurityPolicy-TLS13-1-4")


def test_versions_before_1_2_get_ciphers_that_they_know() -> None:
    def parameters(policy: str) -> dict[str, object]:
        socket = transport_socket(Tls(policy, (Certificate("arn", "chain", "key"),)), http2=False)
        found: dict[str, object] = socket["typed_config"]["common_tls_context"]["tls_params"]
        return found

    assert "ECDHE-RSA-AES128-SHA" in str(parameters("ELBSecurityPolicy-2016-08"))
    assert "ECDHE-RSA-AES128-SHA" not in str(parameters("ELBSecurityPolicy-TLS13-1-2-2021-06")["cipher_suites"])


def test_key_is_not_in_the_representation() -> None:
    assert "secret" not in repr(Certificate("arn", "chain", "secret"))


def test_local_certificate_is_made_once_for_a_set_of_names(tmp_path: Path) -> None:
    certificates = LocalCertificates(tmp_path)
    first = certificates.pair(["shop.example.com", "*.example.com"])
    assert LocalCertificates(tmp_path).pair(["*.example.com", "shop.example.com"]) == first
    assert certificates.pair(["other.example.com"]) != first
    names = x509.load_pem_x509_certificate(first[0].encode()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.DNSName) == ["shop.example.com", "*.example.com", "localhost"]
    assert [str(address) for address in names.value.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
