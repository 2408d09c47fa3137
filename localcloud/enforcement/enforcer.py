"""Authorizes requests to the endpoint and of services that act as a role: decides, records, refuses if it enforces."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from localcloud.authorization.context import Context
from localcloud.authorization.decision import Decision
from localcloud.authorization.messages import denial
from localcloud.authorization.needs import Need
from localcloud.authorization.principals import Kind
from localcloud.authorization.resources import Place
from localcloud.enforcement.calls import Call, call_of
from localcloud.enforcement.context_keys import of_transport
from localcloud.enforcement.identity_policies import CallerPolicies, policies_of
from localcloud.enforcement.key_lockout import check_lockout
from localcloud.enforcement.listed_refusals import Rest, is_partial, remaining
from localcloud.enforcement.mode import Mode
from localcloud.enforcement.names import with_own_name
from localcloud.enforcement.policy_evaluation import STORED, EvaluatedCall, PolicyEvaluator
from localcloud.enforcement.record import Record, name_of
from localcloud.enforcement.refusals import refusal
from localcloud.enforcement.rest_calls import check_known
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.machine.background import Background
from localcloud.moto.failures import Failures
from localcloud.protocol.caller import Caller
from localcloud.protocol.wire import AwsRequest, region_of

log = logging.getLogger(__name__)

INTERNAL = "AWS Internal"
SAVE_S = 5.0
"""Real seconds between saves of the record."""
AUTHORIZED_BY_STS = ("sts", "AssumeRole")
"""STS knows condition keys that the request does not give, such as MFA's, and asks `check_assumed`."""
MOST_KEPT = 1024
LARGEST_KEPT = 2048
"""Up to this size (bytes) of the body, a request's needs are cached for the next equal one."""


class Enforcer:
    """Part `permissions`. `mode` may be changed at any time."""

    def __init__(self, host: Host, mode: Mode) -> None:
        self.mode = mode
        self.evaluator = PolicyEvaluator()
        self.record = Record(host.data_directory / "iam" / "decisions.json")
        self._moto = host.moto
        self._account_id = host.account_id
        self._region = host.region
        self._clock = host.clock
        self._saving = Background()
        self._failures = Failures()
        self._policies: dict[tuple[object, ...], tuple[int, CallerPolicies]] = {}
        self._calls: dict[tuple[object, ...], tuple[Call | None, Sequence[Need] | None]] = {}

    async def start(self) -> None:
        """Read the record of earlier runs."""
        self.record.load()
        self._saving.start(self._keep_saving(), "save the record of permissions")

    async def stop(self) -> None:
        """Save the record."""
        await self._saving.stop()
        self.record.save()

    def status(self) -> dict[str, object]:
        failed = self._failures.report()
        return {"status": self._saving.status, "mode": self.mode.value} | (
            {"failed_decisions": failed} if failed else {}
        )

    async def check(self, request: AwsRequest) -> Rest | None:
        """Check a client's request. Errors: AwsError, in the service's words, if it is denied and `mode` enforces.

        Return what remains of the request if a part of it is refused. Requests without credentials are not checked
        here: the services themselves authorize those that AWS accepts.
        """
        if self.mode is Mode.OFF or request.caller.principal.kind is Kind.ANONYMOUS:
            return None
        if (request.service, request.operation) == AUTHORIZED_BY_STS:
            return None
        try:
            region = region_of(request) or self._region
            call, needs = self._known(request, region)
            if call is None and self.mode is Mode.ENFORCE:
                check_known(request)
            if call is not None:
                given = with_own_name(call.service, call.operation, call.parameters, request.caller.principal)
                call = replace(call, parameters=given)
                keys = partial(of_transport, request, region, self._clock.wall())
                agent = request.headers.get("user-agent", "")
                if denied := await self._check(request.caller, call, keys, region, needs, agent):
                    return remaining(request, denied)
        except AwsError:
            raise
        except Exception as error:
            # In a mode that only observes, an error must not break a request; the health report names it.
            if self.mode is Mode.ENFORCE:
                raise
            log.exception(
                "IAM's decision on a request failed", extra={"action": "decision_failed", "service": request.service}
            )
            self._failures.add(f"{request.service} {request.operation or request.method}", error)
        return None

    async def check_as(self, caller: Caller, call: Call) -> None:
        """Check what a service does as a role, in the local cloud's own region. Errors: like `check`."""
        if self.mode is not Mode.OFF:
            await self._check(caller, call, self._internal, self._region, None, INTERNAL)

    async def check_assumed(self, caller: Caller, role_arn: str, actions: Sequence[str], keys: Context) -> bool:
        """Check that a caller may assume a role, by both sides' policies. Errors: like `check`.

        Say whether it is decided: otherwise STS decides by the trust policy alone.
        """
        if self.mode is Mode.OFF:
            return False
        call = Call(service="sts", operation="AssumeRole", parameters={"RoleArn": role_arn}, protocol="query")
        needs = [Need(action=each, resource=role_arn, keys=keys) for each in actions]
        await self._check(caller, call, self._internal, self._region, needs, INTERNAL)
        return self.mode is Mode.ENFORCE

    def _internal(self) -> Context:
        request = AwsRequest(method="POST", path="/", query_string="", headers={}, body=b"")
        return of_transport(request, self._region, self._clock.wall())

    async def _check(
        self,
        caller: Caller,
        call: Call,
        keys: Callable[[], Context],
        region: str,
        needs: Sequence[Need] | None,
        user_agent: str,
    ) -> list[Decision]:
        """Return the denials after which the rest of the call can be done. Errors: AwsError for other denials."""
        now = self._clock.wall()

        def all_keys() -> Context:
            return keys() | caller.context(now)

        decisions = await self._decisions(caller, call, all_keys, region, needs)
        is_enforced = self.mode is Mode.ENFORCE
        for decision in decisions:
            self.record.add(decision, now)
            if not decision.is_allowed:
                self._report(decision, now, user_agent)
        denied = [each for each in decisions if not each.is_allowed] if is_enforced else []
        if denied and not is_partial(call, denied):
            raise refusal(call, denied[0])
        if is_enforced:
            check_lockout(caller.principal, call, all_keys, Place(account_id=self._account_id, region=region))
        return denied

    async def _decisions(
        self, caller: Caller, call: Call, keys: Callable[[], Context], region: str, needs: Sequence[Need] | None
    ) -> list[Decision]:
        place = Place(account_id=self._account_id, region=region)
        policies = self._known_policies(caller)
        if policies is not None and not self.evaluator.needs_stored(call.service, policies):
            return self.evaluator.decisions(_evaluated_call(caller, policies, call, keys, place), needs)

        def look() -> list[Decision]:
            found = policies or self._look_up(caller)
            return self.evaluator.decisions(_evaluated_call(caller, found, call, keys, place), needs)

        return await self._moto.run(look)

    def _known_policies(self, caller: Caller) -> CallerPolicies | None:
        """Return a caller's policies if they have not changed since they were read."""
        kept = self._policies.get(_key_of(caller))
        return kept[1] if kept is not None and kept[0] == self._moto.version_of("iam") else None

    def _look_up(self, caller: Caller) -> CallerPolicies:
        """Read a caller's policies. Call in moto's thread."""
        if len(self._policies) >= MOST_KEPT:
            self._policies.clear()
        version, policies = self._moto.version_of("iam"), policies_of(caller)
        self._policies[_key_of(caller)] = version, policies
        return policies

    def _known(self, request: AwsRequest, region: str) -> tuple[Call | None, Sequence[Need] | None]:
        """Return the call of a request, and its needs if they depend on nothing stored."""
        is_large = request.body_file is not None or len(request.body) > LARGEST_KEPT
        # Requests that do not name their operation are told apart by method and headers, which the key omits.
        if request.service in ("", *STORED) or not request.operation or is_large:
            return call_of(request), None
        target = request.headers.get("x-amz-target", "")
        key = (request.service, request.operation, target, region, request.path, request.query_string, request.body)
        if key not in self._calls:
            if len(self._calls) >= MOST_KEPT:
                self._calls.clear()
            call = call_of(request)
            place = Place(account_id=self._account_id, region=region)
            has_more = call is not None and (call.service, call.operation) in self.evaluator.further
            self._calls[key] = call, None if call is None or has_more else self.evaluator.needs(call, place)
        return self._calls[key]

    def _report(self, decision: Decision, now: datetime, user_agent: str) -> None:
        is_refused = self.mode is Mode.ENFORCE
        self.record.add_denial(decision, now, refused=is_refused, user_agent=user_agent)
        log.warning(
            "%s: %s",
            "Denied" if is_refused else "Would be denied",
            denial(decision),
            extra={
                "action": "permission_denied",
                "principal": name_of(decision.request.principal),
                "denied": decision.request.action,
                "resource": decision.request.resource,
            },
        )

    async def _keep_saving(self) -> None:
        while True:
            await asyncio.sleep(SAVE_S)
            try:
                self.record.save()
            except OSError:
                log.exception("The record of permissions is not saved", extra={"action": "record_not_saved"})


def _evaluated_call(
    caller: Caller, policies: CallerPolicies, call: Call, keys: Callable[[], Context], place: Place
) -> EvaluatedCall:
    return EvaluatedCall(principal=caller.principal, policies=policies, call=call, keys=keys, place=place)


def _key_of(caller: Caller) -> tuple[object, ...]:
    session = caller.session
    limits = (session.policies, session.policy_arns) if session is not None else ()
    return (caller.principal.arn, caller.principal.issuer_arn, caller.access_key_id, limits)
