"""HTTPS listeners: certificates, protocol versions, and refusals."""

import asyncio
import ssl
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from localcloud.elb.certificates import LocalCertificates
from tests.ports import free_port

PLAIN_HTTP = (
    "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n"
    "<center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n"
    "</body>\r\n</html>\r\n"
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def handshake(port: int, context: ssl.SSLContext) -> tuple[str, bytes, str]:
    """Connect and send GET /x; -> TLS version, certificate (DER), response."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="shop.example.com")
    try:
        tls = writer.get_extra_info("ssl_object")
        writer.write(b"GET /x HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n")
        answer = (await reader.read()).decode()
        return tls.version(), tls.getpeercert(binary_form=True), answer
    finally:
        writer.close()


def trusting(certificate: bytes) -> ssl.SSLContext:
    """Return a client context that trusts only this certificate (PEM) and checks the host name."""
    return ssl.create_default_context(cadata=certificate.decode())


def version_only(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    return context


async def https_listener(balancer: Any, certificate: str, **more: Any) -> int:
    port = free_port()
    await balancer.call(
        "create_listener", LoadBalancerArn=balancer.arn, Port=port,
        **{
            "Protocol": "HTTPS",
            "Certificates": [{"CertificateArn": certificate}],
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": balancer.group}],
            "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        } | more,
    )  # fmt: skip
    return port


async def test_https_ends_at_the_balancer_with_the_imported_certificate_or_a_local_one(
    balancer: Any, start_backend: Any, tmp_path: Any
) -> None:
    one = await start_backend("one")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    certificate, key = LocalCertificates(tmp_path / "theirs").pair(["shop.example.com"])
    imported = await balancer.cloud.call(
        "acm", "import_certificate", Certificate=certificate.encode(), PrivateKey=key.encode()
    )
    port = await https_listener(balancer, imported["CertificateArn"])
    await balancer.part.settle()
    version, shown, answer = await handshake(port, trusting(certificate.encode()))
    assert version == "TLSv1.3"
    assert shown == x509.load_pem_x509_certificate(certificate.encode()).public_bytes(serialization.Encoding.DER)
    assert answer.endswith("one")
    assert "x-forwarded-proto: https\r\n" in one.heads[-1]
    assert f"x-forwarded-port: {port}\r\n" in one.heads[-1]
    assert f"host: shop.example.com:{port}\r\n" in one.heads[-1]

    assert (await handshake(port, version_only(ssl.TLSVersion.TLSv1_2)))[0] == "TLSv1.2"
    only_13 = await https_listener(
        balancer, imported["CertificateArn"], SslPolicy="ELBSecurityPolicy-TLS13-1-3-2021-06"
    )
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await handshake(only_13, version_only(ssl.TLSVersion.TLSv1_2))

    asked_for = await balancer.cloud.call("acm", "request_certificate", DomainName="shop.example.com")
    local = await https_listener(balancer, asked_for["CertificateArn"])
    (kept,) = (balancer.cloud.host.data_directory / "elb" / "certificates").glob("*.pem")
    assert kept.stat().st_mode & 0o077 == 0, "the key is in it"
    certificate_of_ours = "-----BEGIN CERT" + kept.read_text().split("-----BEGIN CERT")[1]
    assert (await handshake(local, trusting(certificate_of_ours.encode())))[2].endswith("one")


async def test_targets_learn_of_version_and_cipher_under_the_names_that_the_listener_gives_them(
    balancer: Any, start_backend: Any
) -> None:
    one = await start_backend("one")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    asked_for = await balancer.cloud.call("acm", "request_certificate", DomainName="shop.example.com")
    port = await https_listener(balancer, asked_for["CertificateArn"])
    described = (await balancer.call("describe_listeners", LoadBalancerArn=balancer.arn))["Listeners"]
    (listener,) = (each["ListenerArn"] for each in described if each["Port"] == port)
    on = {"Key": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "Value": "true"}
    await balancer.call("modify_load_balancer_attributes", LoadBalancerArn=balancer.arn, Attributes=[on])
    await balancer.part.settle()
    await handshake(port, version_only(ssl.TLSVersion.TLSv1_2))
    assert "x-amzn-tls-version: TLSv1.2\r\n" in one.heads[-1]
    assert "x-amzn-tls-cipher-suite: ECDHE-" in one.heads[-1]
    named = {"Key": "routing.http.request.x_amzn_tls_version.header_name", "Value": "Custom-Tls"}
    await balancer.call("modify_listener_attributes", ListenerArn=listener, Attributes=[named])
    await balancer.part.settle()
    await handshake(port, version_only(ssl.TLSVersion.TLSv1_2))
    assert "custom-tls: TLSv1.2\r\n" in one.heads[-1]
    assert "x-amzn-tls-version" not in one.heads[-1]


async def test_plain_http_sent_to_an_https_listener_gets_albs_page(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    one = await start_backend("one")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    asked_for = await balancer.cloud.call("acm", "request_certificate", DomainName="shop.example.com")
    port = await https_listener(balancer, asked_for["CertificateArn"])
    await balancer.part.settle()
    for method, path in (("GET", "/x"), ("POST", "/redirected?a=b")):
        answer = await request_once(port, path, method=method)
        assert (answer.status, answer.headers["server"], answer.body) == (400, "awselb/2.0", PLAIN_HTTP), method
        assert (answer.headers["content-type"], answer.headers["connection"]) == ("text/html", "close")
    assert one.requests == 0

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (await reader.read()).endswith(PLAIN_HTTP.encode()), "and the connection is closed, asked or not"
    writer.close()
    assert (await balancer.part.statistics())[balancer.arn.split("loadbalancer/")[1]].balancer_codes[400] == 3


async def test_what_https_cannot_be_is_refused_in_the_words_of_aws(balancer: Any) -> None:
    asked_for = await balancer.cloud.call("acm", "request_certificate", DomainName="shop.example.com")
    arn = asked_for["CertificateArn"]
    to_http = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTP", "StatusCode": "HTTP_301"}}
    loop = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}
    for more, code in (
        ({"SslPolicy": "ELBSecurityPolicy-Nonsense"}, "SSLPolicyNotFound"),
        ({"Certificates": []}, "ValidationError"),
        ({"Certificates": [{"CertificateArn": arn[:-1] + "x"}]}, "CertificateNotFound"),
        ({"DefaultActions": [to_http]}, "InvalidLoadBalancerAction"),
        ({"DefaultActions": [loop]}, "InvalidLoadBalancerAction"),
        ({"Protocol": "HTTP"}, "ValidationError"),
    ):
        with pytest.raises(ClientError) as refused:
            await https_listener(balancer, arn, **more)
        assert refused.value.response["Error"]["Code"] == code, more
