"""Session tokens: a sealed record of the session, so that nothing has to be stored for sessions to outlive a restart.

The key is the only secret on disk, in a file that this user alone may read. A session's access key is random, its
secret is derived from that.
"""

import base64
import hashlib
import hmac
import json
import secrets
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from localcloud.authorization.principals import Kind, Principal
from localcloud.machine.files import write_atomically
from localcloud.protocol.caller import Caller, Session

KEY_BYTES = 32
NONCE_BYTES = 12
SECRET_BYTES = 30
PREFIX = "ASIA"
MARK = b"localcloud 1"
"""The prefix of our tokens. AWS's tokens have another, so `spendsense` never sends one of those here."""
ALPHABET = string.ascii_uppercase + "234567"
MOMENTS = ("issued", "expires", "authenticated_at")


class NoSession(Exception):
    """The token is not one of ours, or does not belong to the access key."""


@dataclass(frozen=True, kw_only=True)
class Temporary:
    """Temporary credentials, as STS returns them."""

    access_key_id: str
    secret: str
    token: str
    expires: datetime


class Seal:
    """Makes session tokens, and reads them."""

    def __init__(self, master: bytes) -> None:
        self._master = master
        self._cipher = AESGCM(_derived(master, "token"))
        self._logins = AESGCM(_derived(master, "login"))
        self.open = lru_cache(maxsize=1024)(self._open)

    def issue(self, principal: Principal, session: Session) -> Temporary:
        """Issue credentials of a session."""
        access_key_id = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(16))
        record = {"key": access_key_id, "principal": _plain(principal), "session": _plain(session)}
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, json.dumps(record, separators=(",", ":")).encode(), None)
        return Temporary(
            access_key_id=access_key_id,
            secret=self._secret(access_key_id),
            token=base64.b64encode(MARK + sealed).decode(),
            expires=session.expires,
        )

    def _open(self, access_key_id: str, token: str) -> tuple[str, Caller]:
        """Return the secret and the caller of a token, whether expired or not. Errors: NoSession."""
        try:
            sealed = base64.b64decode(token, validate=True).removeprefix(MARK)
            record = json.loads(self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None))
        except (ValueError, InvalidTag) as error:
            raise NoSession from error
        if record["key"] != access_key_id:
            raise NoSession
        return self._secret(access_key_id), Caller(
            _principal(record["principal"]), access_key_id, _session(record["session"])
        )

    def password(self, caller: Caller, until: datetime) -> str:
        """Return a password that identifies a caller until `until`."""
        record = {
            "principal": _plain(caller.principal),
            "key": caller.access_key_id,
            "session": None if caller.session is None else _plain(caller.session),
            "is_administrator": caller.is_administrator,
            "until": until.timestamp(),
        }
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._logins.encrypt(nonce, json.dumps(record, separators=(",", ":")).encode(), None)
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def login(self, password: str) -> tuple[Caller, datetime]:
        """Return the caller that a password identifies, and its expiry. Errors: NoSession."""
        try:
            sealed = base64.urlsafe_b64decode(password)
            record = json.loads(self._logins.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None))
        except (ValueError, InvalidTag) as error:
            raise NoSession from error
        session = None if record["session"] is None else _session(record["session"])
        caller = Caller(_principal(record["principal"]), record["key"], session, record["is_administrator"])
        return caller, datetime.fromtimestamp(record["until"], UTC)

    def _secret(self, access_key_id: str) -> str:
        return base64.b64encode(_derived(self._master, f"secret {access_key_id}")[:SECRET_BYTES]).decode()


def master_key(path: Path) -> bytes:
    """Read the key, or create it at the first start; a new key ends all sessions. Errors: OSError."""
    if path.is_file() and len(kept := path.read_bytes()) == KEY_BYTES:
        return kept
    made = secrets.token_bytes(KEY_BYTES)
    write_atomically(path, made)
    return made


def _derived(master: bytes, purpose: str) -> bytes:
    return hmac.digest(master, purpose.encode(), hashlib.sha256)


def _plain(value: Principal | Session) -> dict[str, Any]:
    plain = {name: each for name, each in asdict(value).items() if each}
    if isinstance(value, Principal):
        plain["kind"] = value.kind.value
    return plain | {name: plain[name].timestamp() for name in MOMENTS if name in plain}


def _principal(plain: Mapping[str, Any]) -> Principal:
    return Principal(**{**plain, "kind": Kind(plain["kind"])})


def _session(plain: Mapping[str, Any]) -> Session:
    moments = {name: datetime.fromtimestamp(plain[name], UTC) for name in MOMENTS if name in plain}
    lists = {name: tuple(each) for name, each in plain.items() if isinstance(each, list)}
    return Session(**{**plain, **lists, **moments})
