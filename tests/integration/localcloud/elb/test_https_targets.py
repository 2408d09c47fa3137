"""Target groups whose targets are reached and checked over HTTPS."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.elb.certificates import LocalCertificates
from tests.integration.localcloud.elb.conftest import ask

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def server_tls(tmp_path: Path) -> ssl.SSLContext:
    """TLS with an unsigned certificate that names another host: ALB does not check it."""
    certificate, key = LocalCertificates(tmp_path / "theirs").pair(["elsewhere.example.com"])
    files = [tmp_path / "certificate.pem", tmp_path / "key.pem"]
    for path, text in zip(files, (certificate, key), strict=True):
        path.write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


async def forwarding_to(balancer: Any, group: str) -> int:
    _, port = await balancer.create_listener([{"Type": "forward", "TargetGroupArn": group}])
    await balancer.part.settle()
    return int(port)


async def described(balancer: Any, group: str) -> dict[str, Any]:
    answer = await balancer.call("describe_target_groups", TargetGroupArns=[group])
    found: dict[str, Any] = answer["TargetGroups"][0]
    return found


async def test_targets_of_an_https_group_get_requests_and_checks_by_https(
    balancer: Any, start_backend: Any, server_tls: ssl.SSLContext
) -> None:
    group = await balancer.create_group("secure", Protocol="HTTPS", HealthCheckProtocol="HTTPS")
    port = await forwarding_to(balancer, group)
    backend = await start_backend("secure", server_tls)
    await balancer.register(backend, group=group)
    await balancer.until_state(backend, "healthy", group=group)
    answer = await ask(port)
    assert (answer.status, answer.body) == (200, "secure")
    assert (await described(balancer, group))["Protocol"] == "HTTPS"


async def test_the_check_of_an_https_group_is_plain_http_unless_set_otherwise(
    balancer: Any, start_backend: Any, server_tls: ssl.SSLContext
) -> None:
    group = await balancer.create_group("secure", Protocol="HTTPS")
    await forwarding_to(balancer, group)
    assert (await described(balancer, group))["HealthCheckProtocol"] == "HTTP"
    backend = await start_backend("secure", server_tls)
    await balancer.register(backend, group=group)
    await balancer.until_state(backend, "unhealthy", group=group)
    await balancer.call("modify_target_group", TargetGroupArn=group, HealthCheckProtocol="HTTPS")
    await balancer.until_state(backend, "healthy", group=group)


async def test_a_plain_target_of_an_https_group_is_unhealthy_and_a_tls_one_of_an_http_group_too(
    balancer: Any, start_backend: Any, server_tls: ssl.SSLContext
) -> None:
    secure = await balancer.create_group("secure", Protocol="HTTPS", HealthCheckProtocol="HTTPS")
    await forwarding_to(balancer, secure)
    plain, with_tls = await start_backend("plain"), await start_backend("tls", server_tls)
    await balancer.register(plain, group=secure)
    await balancer.register(with_tls)
    await balancer.until_state(plain, "unhealthy", group=secure)
    await balancer.until_state(with_tls, "unhealthy")


async def test_protocols_that_no_application_load_balancer_has_are_refused(balancer: Any) -> None:
    for parameters in ({"Protocol": "TCP"}, {"HealthCheckProtocol": "TCP"}):
        with pytest.raises(ClientError):
            await balancer.create_group("wrong", **parameters)
