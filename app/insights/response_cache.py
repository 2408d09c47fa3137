"""Questions asked before, word for word: answered from the cache at the door, without finding out what they mean.

Reading a request's parameters and dependencies takes several times as long as looking its answer up. Path and query
of a question that was understood are remembered with the name its answer is kept under; when they come again, the
token is verified, the user's rate limit counts, and the cache's answer goes out, if the token's session is live: both
are looked up in one round trip. Whatever is not as usual goes the whole way: a question, a token or an answer that is
not there.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import UnauthenticatedError
from app.identity.bearer import admit
from app.middleware import header_of
from app.resources import Resources

SCHEME = "Bearer "


class ResponseCache:
    """Answer what is kept; give everything else to the application. Errors: TooManyRequestsError."""

    def __init__(self, app: ASGIApp, *, resources: Resources) -> None:
        self.app = app
        self.resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await self.kept(scope) if scope["type"] == "http" else None
        if body is None:
            await self.app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def kept(self, scope: Scope) -> bytes | None:
        """The answer; None when the application is to find it."""
        resources = self.resources
        understood = resources.questions.meaning(scope)
        authorization = header_of(scope, b"authorization")
        if understood is None or authorization is None or not authorization.startswith(SCHEME):
            return None
        try:
            user_id, session_id = resources.tokens.verify(authorization.removeprefix(SCHEME))
        except UnauthenticatedError:
            return None
        if session_id is None:
            return None
        body = await resources.insights.recall(user_id, understood.kept_as, session_id)
        if body is None:
            return None
        scope["route"] = understood.route
        await admit(scope, resources, user_id)
        return body
