"""Applies the rate limits: to every request by its address, and to whatever else `take` is called for.

The rate limit states of a request are collected in its scope while it is served, and sent with its response.
"""

from uuid import UUID

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.platform.audit import Event, Reason, client_address
from app.platform.errors import TooManyRequestsError
from app.platform.metrics import PLATFORM_ROUTES
from app.platform.problems import problem_response
from app.platform.rate_limits import Policy, RateLimiter, Standing, address_subject, headers_of

STANDINGS = "spendsense.rate_limits"


class RateLimits:
    """Count each request against its address and send the limits with the response. The platform's are free."""

    def __init__(self, app: ASGIApp, *, limiter: RateLimiter) -> None:
        self.app = app
        self.limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PLATFORM_ROUTES:
            await self.app(scope, receive, send)
            return
        standings: list[Standing] = []
        scope[STANDINGS] = standings
        address = address_of(scope)
        client_address.set(address)  # local to this request's context: the server creates one per request

        async def send_with_standings(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers_of(standings)]
            await send(message)

        try:
            await take(scope, self.limiter, self.limiter.address, address)
            await self.app(scope, receive, send_with_standings)
        except TooManyRequestsError as exc:  # the limit of the address, or of the user whose response was cached
            refusal = problem_response(exc.status, exc.detail, problem_type=exc.problem_type, members=exc.members)
            await refusal(scope, receive, send_with_standings)


async def take(
    scope: Scope, limiter: RateLimiter, policy: Policy, subject: str, *, user_id: UUID | None = None
) -> None:
    """Count the request against one more quota; user_id if it is a user's. Errors: TooManyRequestsError."""
    standing = await limiter.take(policy, subject)
    if standing is None:
        return
    scope[STANDINGS].append(standing)
    if standing.first_exceeded and limiter.audit is not None:
        limiter.audit.record(Event.RATE_LIMIT, user_id=user_id, reason=Reason.QUOTA_EXCEEDED, policy=policy.name)
    if standing.exceeded:
        raise TooManyRequestsError(
            f"More than {policy.quota} requests in a minute: try again in {standing.reset_s} s",
            **{"violated-policies": [policy.name]},
        )


def address_of(scope: Scope) -> str:
    """Return the client's address as the edge found it, in the form of a rate limit key."""
    client = scope.get("client")
    return address_subject(client[0] if client else "")
