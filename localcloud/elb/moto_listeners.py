"""Patches of moto's listeners: certificates must exist, and a changed default one keeps the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from localcloud.errors import AwsError
from localcloud.moto.patching import wrap

if TYPE_CHECKING:
    from moto.elbv2.models import ELBv2Backend, FakeListener

    from localcloud.elb.wire import ActionData


def patch() -> None:
    """Patch moto, which accepts unknown certificates of existing listeners and forgets additional ones."""
    from moto.elbv2.models import ELBv2Backend

    wrap(ELBv2Backend, "add_listener_certificates", _adding_known_certificates)
    wrap(ELBv2Backend, "modify_listener", _keeping_additional_certificates)
    wrap(ELBv2Backend, "remove_listener_certificates", _keeping_default_certificates)


def _adding_known_certificates(add: Callable[..., list[str]]) -> Callable[..., list[str]]:
    def add_listener_certificates(self: ELBv2Backend, arn: str, certificates: list[dict[str, str]]) -> list[str]:
        _check_known(self, certificates)
        return add(self, arn, certificates)

    return add_listener_certificates


def _keeping_additional_certificates(modify: Callable[..., FakeListener]) -> Callable[..., FakeListener]:
    def modify_listener(
        self: ELBv2Backend,
        arn: str,
        port: str | None = None,
        protocol: str | None = None,
        ssl_policy: str | None = None,
        certificates: list[dict[str, str]] | None = None,
        actions: list[ActionData] | None = None,
    ) -> FakeListener:
        """Check certificates first, and keep the additional ones: moto changes the port before it checks the
        certificate, and drops the additional certificates when it replaces the default one.
        """
        _check_known(self, certificates or [])
        (listener,) = self.describe_listeners(None, [arn])
        others = [each for each in listener.certificates if each != listener.certificate]
        modify(self, arn, port, protocol, ssl_policy, certificates or [], actions or [])
        if certificates and listener.certificate:
            listener.certificates = list(dict.fromkeys([listener.certificate, *others]))
        return listener

    return modify_listener


def _keeping_default_certificates(remove: Callable[..., None]) -> Callable[..., None]:
    def remove_listener_certificates(self: ELBv2Backend, arn: str, certificates: list[dict[str, str]]) -> None:
        (listener,) = self.describe_listeners(None, [arn])
        if listener.certificate in [each["CertificateArn"] for each in certificates]:
            raise AwsError("OperationNotPermitted", "The default certificate of a listener cannot be removed")
        remove(self, arn, certificates)

    return remove_listener_certificates


def _check_known(backend: ELBv2Backend, certificates: list[dict[str, str]]) -> None:
    for each in certificates:
        if not backend._certificate_exists(each["CertificateArn"]):
            raise AwsError("CertificateNotFound", f"Certificate '{each['CertificateArn']}' not found")
