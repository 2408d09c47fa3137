"""aws_lb_listener."""

from collections.abc import Callable
from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s
from terraform_provider.resources.elb import _actions, _attributes, _listeners, _tags
from terraform_provider.values.unknown import State

TIMEOUT = "5m"
HEADER_NAMES = {
    f"routing_http_request_x_amzn_{name}_header_name": f"routing.http.request.x_amzn_{name}.header_name"
    for name in (
        "mtls_clientcert", "mtls_clientcert_issuer", "mtls_clientcert_leaf", "mtls_clientcert_serial_number",
        "mtls_clientcert_subject", "mtls_clientcert_validity", "tls_cipher_suite", "tls_version",
    )
}  # fmt: skip
HEADER_VALUES = {
    f"routing_http_response_{name}_header_value": f"routing.http.response.{name}.header_value"
    for name in (
        "access_control_allow_credentials", "access_control_allow_headers", "access_control_allow_methods",
        "access_control_allow_origin", "access_control_expose_headers", "access_control_max_age",
        "content_security_policy", "strict_transport_security", "x_content_type_options", "x_frame_options",
    )
}  # fmt: skip
ATTRIBUTES = {
    **HEADER_NAMES,
    **HEADER_VALUES,
    "routing_http_response_server_enabled": "routing.http.response.server.enabled",
    "tcp_idle_timeout_seconds": "tcp.idle_timeout.seconds",
}
READS: dict[str, Callable[[str], Any]] = {
    "routing_http_response_server_enabled": _attributes.is_on,
    "tcp_idle_timeout_seconds": int,
}
MODIFIED = (
    "alpn_policy", "certificate_arn", "default_action", "mutual_authentication", "port", "protocol", "ssl_policy"
)  # fmt: skip


@resource("aws_lb_listener")
class Listener(Resource):
    noun = "ELBv2 Listener"
    title = "load_balancer_arn"
    gone = ("ListenerNotFound",)

    def validate(self, config: State) -> None:
        _actions.validate("default_action", config.get("default_action"))

    def create(self, aws: Aws, planned: State) -> str:
        arn = planned["load_balancer_arn"]
        protocol = planned["protocol"] or ("HTTP" if ":loadbalancer/app/" in arn else None)
        request = {"LoadBalancerArn": arn, **_request({**planned, "protocol": protocol}, MODIFIED)}
        # A certificate that was issued a moment ago is not known everywhere yet.
        made = retried(
            aws,
            lambda: aws.client("elbv2").create_listener(**request, **_tags.created_with(planned)),
            codes=("CertificateNotFound",),
            timeout_s=timeout_s(planned, "create", TIMEOUT),
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def complete(self, aws: Aws, state: State) -> None:
        _set_attributes(aws, state, frozenset(name for name in ATTRIBUTES if state[name] not in (None, "")))

    def read(self, aws: Aws, state: State) -> State | None:
        elb, arn = aws.client("elbv2"), state["id"]
        found = elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]
        attributes = _attributes.as_dict(elb.describe_listener_attributes(ListenerArn=arn)["Attributes"])
        return {
            **_listeners.attributes(found, state["default_action"]),
            **_attributes.read(ATTRIBUTES, attributes, READS),
            "tags_all": _tags.of(aws, arn),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        names = tuple(name for name in MODIFIED if name in changed)
        if names:
            request = _request(planned, names)
            retried(
                aws,
                lambda: aws.client("elbv2").modify_listener(ListenerArn=prior["id"], **request),
                codes=("CertificateNotFound",),
                timeout_s=timeout_s(planned, "update", TIMEOUT),
            )
        _set_attributes(aws, {**planned, "id": prior["id"]}, changed)
        if "tags_all" in changed:
            _tags.change(aws, prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("elbv2").delete_listener(ListenerArn=state["id"])

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return {"id": id, "arn": id}


def _request(planned: State, names: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "AlpnPolicy": [planned["alpn_policy"]] if planned["alpn_policy"] else None,
        "Certificates": [{"CertificateArn": planned["certificate_arn"]}] if planned["certificate_arn"] else None,
        "DefaultActions": _actions.request(planned["default_action"]),
        "MutualAuthentication": _mutual_authentication(planned["mutual_authentication"]),
        "Port": planned["port"],
        "Protocol": planned["protocol"],
        "SslPolicy": planned["ssl_policy"],
    }
    return {key: value for name, (key, value) in zip(MODIFIED, values.items(), strict=True) if name in names and value}


def _mutual_authentication(blocks: list[State] | None) -> dict[str, Any] | None:
    if not blocks:
        return None
    block = blocks[0]
    if block["mode"] != "verify":
        return {"Mode": block["mode"]}
    made = {
        "Mode": "verify",
        "TrustStoreArn": block["trust_store_arn"],
        "IgnoreClientCertificateExpiry": bool(block["ignore_client_certificate_expiry"]),
        "AdvertiseTrustStoreCaNames": block["advertise_trust_store_ca_names"],
    }
    return {key: value for key, value in made.items() if value not in (None, "")}


def _set_attributes(aws: Aws, state: State, changed: frozenset[str]) -> None:
    pairs = {key: _attributes.written(state[name]) for name, key in ATTRIBUTES.items() if name in changed}
    if pairs:
        aws.client("elbv2").modify_listener_attributes(ListenerArn=state["id"], Attributes=_attributes.as_pairs(pairs))
