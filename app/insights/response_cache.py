"""Answers repeated requests directly from the cache, before the application interprets them.

Reading a request's parameters and dependencies takes several times as long as looking up its response. Path and query
of an interpreted question are remembered with the name its response is cached under. When the same request comes again,
the token is verified, the user's rate limit counts, and the cached response is sent if the token's session is live:
response and session are looked up in one round trip. Everything else goes to the application: an unknown question, a
missing token, a missing response.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.identity.bearer import admit
from app.insights.resources import InsightsResources
from app.platform.errors import UnauthenticatedError
from app.platform.middleware import header_of

SCHEME = "Bearer "


class ResponseCache:
    """Serve cached responses; pass everything else to the application. Errors: TooManyRequestsError."""

    def __init__(self, app: ASGIApp, *, resources: InsightsResources) -> None:
        self.app = app
        self.resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await self.cached(scope) if scope["type"] == "http" else None
        if body is None:
            await self.app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def cached(self, scope: Scope) -> bytes | None:
        """Return the cached response; None if the application has to answer the request."""
        resources = self.resources
        interpretation = resources.questions.interpretation_of(scope)
        authorization = header_of(scope, b"authorization")
        if interpretation is None or authorization is None or not authorization.startswith(SCHEME):
            return None
        try:
            user_id, session_id = resources.tokens.verify(authorization.removeprefix(SCHEME))
        except UnauthenticatedError:
            return None
        if session_id is None:
            return None
        body = await resources.insights.valid_response(user_id, interpretation.cache_name, session_id)
        if body is None:
            return None
        scope["route"] = interpretation.route
        await admit(scope, resources, user_id)
        return body
