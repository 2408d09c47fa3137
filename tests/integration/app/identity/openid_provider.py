"""A small OpenID Connect provider: real HTTP on loopback, RS256 keys, PKCE and client authentication checked."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import KeySet, RSAKey

from tests.in_thread import in_thread

CLIENT_ID = "spendsense-client"
CLIENT_SECRET = "planted:client secret/with+signs"


@cache
def signing_key(kid: str) -> RSAKey:
    """Make a key once in a test run: it takes longer than most of the tests."""
    return RSAKey.generate_key(2048, {"kid": kid})


class Provider:
    """The provider's state. Tests change it to make the provider lie."""

    def __init__(self, address: str) -> None:
        self.issuer = address
        self.key = signing_key("first")
        self.published = KeySet([self.key])
        self.algorithm = "RS256"
        self.claims: dict[str, object] = {"sub": "user-1", "email": "Ann@Example.com", "email_verified": True}
        self.userinfo: dict[str, object] | None = None
        self.codes: dict[str, dict[str, str]] = {}
        self.issued_by_header: dict[str, object] = {}
        self.requests: list[str] = []
        # What a path answers instead: extra headers, and the parts of its body, which are sent as they come.
        self.instead: dict[str, tuple[dict[str, str], Iterable[bytes]]] = {}

    def change_keys(self, *, published: bool) -> None:
        """Sign with another key from now on."""
        self.key = signing_key("second")
        if published:
            self.published = KeySet([self.key])

    def document(self, path: str) -> dict[str, object] | None:
        """Return the answer to a GET of this path."""
        if path == "/.well-known/openid-configuration":
            discovery: dict[str, object] = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "code_challenge_methods_supported": ["S256"],
            }
            return discovery | ({"userinfo_endpoint": f"{self.issuer}/userinfo"} if self.userinfo else {})
        if path == "/keys":
            return dict(self.published.as_dict(private=False))
        return self.userinfo if path == "/userinfo" else None

    def authorize(self, query: dict[str, str]) -> str:
        """Return the address to which the browser goes once the user has agreed."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.issuer})}"

    def exchange(self, authorization: str, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        """The token endpoint: a code works once, for its client, its redirection and who holds its verifier."""
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        request = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            request is None
            or form["redirect_uri"] != request["redirect_uri"]
            or challenge != request["code_challenge"]
            or form["grant_type"] != "authorization_code"
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 60,
            "nonce": request["nonce"],
            **self.claims,
        }
        header = {"alg": self.algorithm, "kid": self.key.kid}
        payload = json.dumps({name: value for name, value in claims.items() if value is not None})
        text = jws.serialize_compact(header, payload, self.key, [self.algorithm])
        return 200, {"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": text}


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider, listening while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            provider.requests.append(url.path)
            if url.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(dict(parse_qsl(url.query))))
                self.end_headers()
                return
            if url.path in provider.instead:
                self.answer_instead(url.path)
                return
            document = provider.document(url.path)
            self.answer(404 if document is None else 200, document or {})

        def do_POST(self) -> None:
            provider.requests.append(self.path)
            # Always read: a socket closed with unread bytes is reset, and the client may lose the response.
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if self.path in provider.instead:
                self.answer_instead(self.path)
                return
            self.answer(
                *provider.exchange(self.headers["Authorization"], {key: values[0] for key, values in form.items()})
            )

        def answer_instead(self, path: str) -> None:
            headers, parts = provider.instead[path]
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # who reads it may have had enough
                for part in parts:
                    self.wfile.write(part)

        def answer(self, status: int, document: dict[str, object]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = Provider(f"http://127.0.0.1:{server.server_port}")
        with in_thread(server):
            yield provider
