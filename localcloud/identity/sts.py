"""AWS STS: identifies callers, and begins sessions."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from localcloud.authorization import encoded_messages
from localcloud.authorization.context import Context
from localcloud.authorization.errors import PolicyError
from localcloud.authorization.policies import read_policy
from localcloud.authorization.principals import Kind, Principal
from localcloud.errors import AwsError, not_offered
from localcloud.host import Host
from localcloud.identity import roles, web_identities
from localcloud.identity.issuer import Issuer
from localcloud.identity.roles import RequestedSession
from localcloud.identity.sealing import Seal, Temporary
from localcloud.identity.users import has_device
from localcloud.moto import managed_policies
from localcloud.protocol.caller import Caller, Session
from localcloud.protocol.query_responses import query_response
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest, AwsResponse

DEFAULT_S = 43200
LONGEST_POLICY = 2048
Parameters = Mapping[str, Any]
Operation = Callable[[Caller, Parameters], Awaitable[Mapping[str, Any]]]
Authorize = Callable[[Caller, str, Sequence[str], Context], Awaitable[bool]]
"""Decides on a caller's actions on a role by its trust policy; says whether the decision is final. Errors: AwsError."""


class Sts:
    """Overlay. `now`: real time, since clients renew their credentials by it. `authorize`: for AssumeRole."""

    def __init__(
        self,
        host: Host,
        seal: Seal,
        issuer: Issuer,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        authorize: Authorize | None = None,
    ) -> None:
        self._host = host
        self._seal = seal
        self._issuer = issuer
        self._now = now
        self._authorize = authorize
        self._model = RequestModel("sts")
        self._operations: dict[str, Operation] = {
            "AssumeRole": self._assume_role,
            "AssumeRoleWithWebIdentity": self._assume_role_with_web_identity,
            "DecodeAuthorizationMessage": self._decode_authorization_message,
            "GetAccessKeyInfo": self._get_access_key_info,
            "GetCallerIdentity": self._get_caller_identity,
            "GetFederationToken": self._get_federation_token,
            "GetSessionToken": self._get_session_token,
        }

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Errors: AwsError."""
        parameters = self._model.read(request)
        operation = self._operations.get(request.operation)
        if operation is None:
            raise not_offered(f"{request.operation} of sts")
        return query_response("sts", request.operation, await operation(request.caller, parameters))

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response

    async def as_service(self, service: str, role_arn: str, name: str, keys: Context) -> tuple[Caller, Temporary]:
        """Begin a session for a service of AWS (`ecs-tasks.amazonaws.com`), with its credentials.

        `keys`: such as `aws:SourceArn`. Errors: AwsError AccessDenied if the role does not trust the service.
        """
        who = Caller(Principal(kind=Kind.SERVICE, arn=service))
        principal, session = await self._begin(who, RequestedSession(role_arn=role_arn, name=name, keys=keys))
        issued = self._seal.issue(principal, session)
        return Caller(principal, issued.access_key_id, session), issued

    async def _get_caller_identity(self, caller: Caller, parameters: Parameters) -> Mapping[str, Any]:
        who = caller.principal
        return {"UserId": who.user_id, "Account": who.account_id, "Arn": who.arn}

    async def _get_access_key_info(self, caller: Caller, parameters: Parameters) -> Mapping[str, Any]:
        return {"Account": self._host.account_id}  # the only one

    async def _decode_authorization_message(self, caller: Caller, parameters: Parameters) -> Mapping[str, Any]:
        try:
            return {"DecodedMessage": encoded_messages.decoded(parameters["EncodedMessage"])}
        except ValueError as error:
            words = "EncodedMessage: the local cloud has not encoded it."
            raise AwsError("InvalidAuthorizationMessageException", words, 400) from error

    async def _assume_role(self, caller: Caller, parameters: Parameters) -> Mapping[str, Any]:
        if caller.principal.kind is Kind.FEDERATED_USER:
            raise AwsError("AccessDenied", "Cannot call AssumeRole with federation credentials", 403)  # our own wording
        tags = _tags(parameters)
        keys = {
            "sts:RoleSessionName": parameters["RoleSessionName"],
            "sts:ExternalId": parameters.get("ExternalId", ()),
            "sts:SourceIdentity": parameters.get("SourceIdentity", ()),
            "sts:TransitiveTagKeys": parameters.get("TransitiveTagKeys", ()),
            "aws:TagKeys": list(tags),
            **{f"aws:RequestTag/{key}": value for key, value in tags.items()},
        }
        requested = replace(
            _requested_session(parameters),
            tags=tags,
            transitive_tag_keys=tuple(parameters.get("TransitiveTagKeys", ())),
            source_identity=parameters.get("SourceIdentity", ""),
            keys=Context(keys | await self._authentication(caller, parameters)),
        )
        arguments = (caller, requested.role_arn, requested.actions(caller), requested.keys)
        is_authorized = self._authorize is not None and await self._authorize(*arguments)
        principal, session = await self._begin(caller, requested, is_authorized=is_authorized)
        source = {"SourceIdentity": session.source_identity or None}
        return self._issued(principal, session) | _role_user(principal) | source

    async def _assume_role_with_web_identity(self, caller: Caller, parameters: Parameters) -> Mapping[str, Any]:
        if "ProviderId" in parameters:
            raise not_offered("AssumeRoleWithWebIdentity with ProviderId (OAuth 2.0 tokens)")
        token, keys = parameters["WebIdentityToken"], self._issuer.keys()
        providers = await self._host.moto.run(lambda: web_identities.providers(self._host.account_id))
        identity = web_identities.verified(token, providers, keys, self._now())
        web = Caller(Principal(kind=Kind.WEB_IDENTITY, arn=identity.provider_arn))
        requested = replace(
            _requested_session(parameters),
            action="sts:AssumeRoleWithWebIdentity",
            keys=Context({**identity.claims, **identity.further, "sts:RoleSessionName": parameters["RoleSessionName"]}),
            provider=identity.provider_arn,
            claims=identity.claims,
        )
        principal, session = await self._begin(web, requested)
        return {
            **self._issued(principal, session),
            **_role_user(principal),
            "SubjectFromWebIdentityToken": identity.subject,
            "Provider": identity.provider_arn,
            "Audience": identity.audience,
        }

    async def _get_session_token(self, caller: Caller, parameters: Parameters) -> Mapping[str, Any]:
        _check_long_term(caller, "GetSessionToken")
        authenticated = bool(await self._authentication(caller, parameters))
        session = self._of_user(caller.principal.arn.rpartition("/")[2], parameters)
        return self._issued(caller.principal, replace(session, authenticated_at=self._now() if authenticated else None))

    async def _get_federation_token(self, caller: Caller, parameters: Parameters) -> Mapping[str, Any]:
        _check_long_term(caller, "GetFederationToken")
        account_id, name, tags = self._host.account_id, parameters["Name"], _tags(parameters)
        principal = Principal(
            kind=Kind.FEDERATED_USER,
            arn=f"arn:aws:sts::{account_id}:federated-user/{name}",
            account_id=account_id,
            issuer_arn=caller.principal.arn,
            issuer_id=caller.principal.user_id,
            user_id=f"{account_id}:{name}",
            tags={**caller.principal.tags, **tags},
        )
        policies, arns = _policies(parameters)
        await self._check_policies(arns)
        session = replace(self._of_user(name, parameters), policies=policies, policy_arns=arns, tags=tags)
        user = {"FederatedUserId": principal.user_id, "Arn": principal.arn}
        return self._issued(principal, session) | {"FederatedUser": user}

    async def _begin(
        self, caller: Caller, requested: RequestedSession, *, is_authorized: bool = False
    ) -> tuple[Principal, Session]:
        account_id = self._host.account_id
        role = await self._host.moto.run(lambda: roles.find(requested.role_arn, account_id))
        if not is_authorized:
            roles.check_trust(role, caller, requested, account_id, self._now())
        await self._check_policies(requested.policy_arns)
        return roles.begin(role, caller, requested, account_id, self._now())

    async def _check_policies(self, arns: Sequence[str]) -> None:
        """Check that session policies exist, in our own words. Errors: AwsError."""
        missing = await self._host.moto.run(lambda: managed_policies.missing(self._host.account_id, arns))
        if missing:
            words = f"Session policies that do not exist in the account: {', '.join(missing)}"
            raise AwsError("MalformedPolicyDocument", words, 400)

    def _of_user(self, name: str, parameters: Parameters) -> Session:
        now = self._now().replace(microsecond=0)
        lives = timedelta(seconds=int(parameters.get("DurationSeconds", DEFAULT_S)))
        return Session(name=name, issued=now, expires=now + lives)

    def _issued(self, principal: Principal, session: Session) -> dict[str, Any]:
        issued = self._seal.issue(principal, session)
        credentials = {
            "AccessKeyId": issued.access_key_id,
            "SecretAccessKey": issued.secret,
            "SessionToken": issued.token,
            "Expiration": issued.expires,
        }
        return {"Credentials": credentials, "PackedPolicySize": _packed_percent(session)}

    async def _authentication(self, caller: Caller, parameters: Parameters) -> dict[str, str]:
        """Return the condition keys of multi-factor authentication. Any code is right for a device of the user's.

        Errors: AwsError AccessDenied.
        """
        serial = parameters.get("SerialNumber")
        if serial is None:
            return {}
        who, account_id = caller.principal.arn, self._host.account_id
        if "TokenCode" not in parameters or not await self._host.moto.run(lambda: has_device(who, serial, account_id)):
            words = "MultiFactorAuthentication failed with invalid MFA one time pass code."
            raise AwsError("AccessDenied", f"{words} (no code, or {serial} is not a device of {who})", 403)
        return {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}


def _requested_session(parameters: Parameters) -> RequestedSession:
    policies, arns = _policies(parameters)
    return RequestedSession(
        role_arn=parameters["RoleArn"],
        name=parameters["RoleSessionName"],
        duration_s=int(parameters["DurationSeconds"]) if "DurationSeconds" in parameters else None,
        policies=policies,
        policy_arns=arns,
    )


def _policies(parameters: Parameters) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return session policies: inline and ARNs. Errors: AwsError MalformedPolicyDocument, PackedPolicyTooLarge."""
    inline = parameters.get("Policy")
    if inline is not None:
        if len(inline) > LONGEST_POLICY:
            raise AwsError(
                "PackedPolicyTooLarge", f"Packed policy consumes {len(inline) * 100 // LONGEST_POLICY}%", 400
            )
        try:
            policy = read_policy(inline, "session policy")
        except PolicyError as error:
            raise AwsError("MalformedPolicyDocument", f"The policy is not valid: {error}", 400) from error
        if any(each.principals or each.not_principals for each in policy.statements):
            raise AwsError("MalformedPolicyDocument", "Policy document should not specify a principal.", 400)
        if any(each.resources is None and each.not_resources is None for each in policy.statements):
            raise AwsError("MalformedPolicyDocument", "Policy statement must contain resources.", 400)
    return (() if inline is None else (inline,)), tuple(each["arn"] for each in parameters.get("PolicyArns", ()))


def _tags(parameters: Parameters) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in parameters.get("Tags", ())}


def _role_user(principal: Principal) -> dict[str, Any]:
    return {"AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": principal.arn}}


def _packed_percent(session: Session) -> int | None:
    size = sum(map(len, (*session.policies, *session.policy_arns, *session.tags, *session.tags.values())))
    return -(-size * 100 // LONGEST_POLICY) or None


def _check_long_term(caller: Caller, operation: str) -> None:
    if caller.session is not None:
        raise AwsError("AccessDenied", f"Cannot call {operation} with session credentials", 403)
