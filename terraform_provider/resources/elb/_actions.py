"""Actions of listeners and rules: the provider's blocks, and ELB's."""

from collections.abc import Iterable, Mapping
from typing import Any

from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.nulls import given
from terraform_provider.values.unknown import UNKNOWN, State

FIXED_RESPONSE = {"content_type": "ContentType", "message_body": "MessageBody", "status_code": "StatusCode"}
REDIRECT = {
    "host": "Host",
    "path": "Path",
    "port": "Port",
    "protocol": "Protocol",
    "query": "Query",
    "status_code": "StatusCode",
}
KEPT_OF_REQUEST = {
    "host": "#{host}", "path": "/#{path}", "port": "#{port}", "protocol": "#{protocol}", "query": "#{query}"
}  # fmt: skip
USERS = {
    "authentication_request_extra_params": "AuthenticationRequestExtraParams",
    "on_unauthenticated_request": "OnUnauthenticatedRequest",
    "scope": "Scope",
    "session_cookie_name": "SessionCookieName",
    "session_timeout": "SessionTimeout",
}
COGNITO = {
    **USERS,
    "user_pool_arn": "UserPoolArn",
    "user_pool_client_id": "UserPoolClientId",
    "user_pool_domain": "UserPoolDomain",
}
OIDC = {
    **USERS,
    "authorization_endpoint": "AuthorizationEndpoint",
    "client_id": "ClientId",
    "issuer": "Issuer",
    "token_endpoint": "TokenEndpoint",
    "user_info_endpoint": "UserInfoEndpoint",
}
PLAIN = {
    "authenticate-cognito": ("authenticate_cognito", "AuthenticateCognitoConfig", COGNITO),
    "authenticate-oidc": ("authenticate_oidc", "AuthenticateOidcConfig", OIDC),
    "fixed-response": ("fixed_response", "FixedResponseConfig", FIXED_RESPONSE),
    "redirect": ("redirect", "RedirectConfig", REDIRECT),
}
"""By type of action: the provider's block, ELB's structure, and the names in both."""
BLOCKS = (*(block for block, _, _ in PLAIN.values()), "forward")


def request(blocks: list[State]) -> list[dict[str, Any]]:
    return [_request(number, block) for number, block in enumerate(blocks, 1)]


def as_blocks(actions: Iterable[Mapping[str, Any]], before: list[State] | None) -> list[State]:
    """Return the blocks, sorted by their order. `before`: the state's, which determines the form of a forward."""
    ordered = sorted(actions, key=lambda action: action.get("Order") or 0)
    return [
        _block(action, before[number] if before and number < len(before) else None)
        for number, action in enumerate(ordered)
    ]


def validate(name: str, blocks: Any) -> None:
    """Refuse an action without the block of its type, or with one of another type."""
    for number, block in enumerate(blocks if isinstance(blocks, list) else ()):
        kind = block["type"]
        if kind is UNKNOWN:
            continue
        place = f"{name}[{number}]"
        if kind == "forward":
            _check_forward(place, name, block)
        elif kind in PLAIN and not block[PLAIN[kind][0]]:
            raise ProviderError(
                f'Attribute "{place}.{PLAIN[kind][0]}" must be specified when "{place}.type" is "{kind}".', path=(name,)
            )
        own = kind.replace("-", "_")
        for other in BLOCKS:
            if other != own and block[other]:
                raise ProviderError(
                    f'Attribute "{place}.{other}" cannot be specified when "{place}.type" is "{kind}".', path=(name,)
                )


def _check_forward(place: str, name: str, block: State) -> None:
    arn, forward = block["target_group_arn"], block["forward"]
    if not arn and not forward:
        raise ProviderError(
            f'Either "{place}.target_group_arn" or "{place}.forward" must be specified when "{place}.type" is '
            '"forward".',
            path=(name,),
        )
    if arn and forward and arn is not UNKNOWN and forward is not UNKNOWN:
        groups = [each["arn"] for each in forward[0]["target_group"]]
        if UNKNOWN not in groups and groups != [arn]:
            raise ProviderError(
                f'"{place}.target_group_arn" and "{place}.forward" name different target groups',
                "Specify one of them.",
                (name,),
            )


def _request(number: int, block: State) -> dict[str, Any]:
    made: dict[str, Any] = {"Type": block["type"], "Order": block["order"] or number}
    if block["type"] == "forward":
        if block["target_group_arn"]:
            made["TargetGroupArn"] = block["target_group_arn"]
        if block["forward"]:
            made["ForwardConfig"] = _forward_request(block["forward"][0])
        return made
    name, key, names = PLAIN[block["type"]]
    inner = block[name][0]
    made[key] = given(inner, names)
    if name == "authenticate_oidc":
        made[key]["ClientSecret"] = inner["client_secret"]
    if name == "redirect":
        made[key] = {REDIRECT[ours]: text for ours, text in KEPT_OF_REQUEST.items()} | made[key]
    return made


def _forward_request(block: State) -> dict[str, Any]:
    groups = [
        {"TargetGroupArn": each["arn"], "Weight": 1 if each["weight"] is None else each["weight"]}
        for each in block["target_group"]
    ]
    made: dict[str, Any] = {"TargetGroups": groups}
    for sticky in block["stickiness"]:
        # For a rule without stickiness ELB returns no duration, and would refuse the 0 of the state.
        lasting = {"DurationSeconds": sticky["duration"]} if sticky["duration"] else {}
        made["TargetGroupStickinessConfig"] = {"Enabled": bool(sticky["enabled"]), **lasting}
    return made


def _block(action: Mapping[str, Any], before: State | None) -> State:
    made: State = {name: [] for name in BLOCKS} | {
        "type": action["Type"],
        "order": action.get("Order"),
        "target_group_arn": "",
    }
    if action["Type"] == "forward":
        return made | _forward(action, before)
    name, key, names = PLAIN[action["Type"]]
    inner = action[key]
    made[name] = [{ours: inner.get(theirs) for ours, theirs in names.items()}]
    if name == "authenticate_oidc":
        # ELB does not return it.
        kept = before[name][0]["client_secret"] if before and before[name] else None
        made[name][0]["client_secret"] = kept
    return made


def _forward(action: Mapping[str, Any], before: State | None) -> State:
    blocks = _forward_blocks(action.get("ForwardConfig"))
    arn = action.get("TargetGroupArn")
    if before is None:
        return {"target_group_arn": arn, "forward": blocks}
    if before.get("forward"):
        return {"forward": blocks, **({"target_group_arn": arn} if before.get("target_group_arn") else {})}
    return {"target_group_arn": arn}


def _forward_blocks(config: Mapping[str, Any] | None) -> list[State]:
    if not config:
        return []
    sticky = config.get("TargetGroupStickinessConfig")
    return [
        {
            "target_group": [
                {"arn": each["TargetGroupArn"], "weight": each.get("Weight", 1)} for each in config["TargetGroups"]
            ],
            "stickiness": []
            if sticky is None
            else [{"enabled": sticky.get("Enabled", False), "duration": sticky.get("DurationSeconds", 0)}],
        }
    ]
