"""moto's backends as bytes and back: what pickle cannot do itself, and one identity for each backend."""

import io
import pickle
import threading
from collections.abc import Callable
from typing import Any

import cloudpickle

from localcloud.moto_bodies import BodyStore, StoredBody

BackendKey = tuple[str, str, str]  # service, account id, region

LOCKS = {type(threading.Lock()): threading.Lock, type(threading.RLock()): threading.RLock}


class StatePickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    """Writes the attributes of one service's backends.

    A backend anywhere below is written as its key, so that services that know each other's backends still do after a
    load, instead of each having its own copy. S3 bodies are written as their digest.
    """

    def __init__(self, file: io.BytesIO, keys: dict[int, BackendKey], bodies: BodyStore) -> None:
        super().__init__(file, protocol=5)
        self._keys = keys
        self._bodies = bodies

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if key := self._keys.get(id(value)):
            return _backend, key
        if lock := LOCKS.get(kind):
            return lock, ()
        if kind.__module__ == "moto.s3.models" and kind.__name__ == "FakeKey":
            return _blank_key, (), self._key_state(value), None, None, _set_key_state
        if kind.__module__.startswith("cryptography."):
            return _reduced_cryptography(value)
        if kind is StoredBody:
            return _body, (value.digest,)
        return super().reducer_override(value)

    def _key_state(self, key: Any) -> dict[str, Any]:
        state = dict(key.__dict__)
        del state["lock"]
        if key.disposed:
            del state["_value_buffer"]
        elif not isinstance(key._value_buffer, StoredBody):
            body = self._bodies.keep(key.value)
            key._value_buffer.close()
            # From now on it is read from the file: it need not be kept in memory or hashed again.
            state["_value_buffer"] = key._value_buffer = body
        return state


class StateUnpickler(pickle.Unpickler):
    """Reads what StatePickler wrote; `backend` finds or makes the backend of a key."""

    def __init__(self, data: bytes, backend: Callable[[str, str, str], Any], bodies: BodyStore) -> None:
        super().__init__(io.BytesIO(data))
        self._replaced = {_backend.__name__: backend, _body.__name__: bodies.get}

    def find_class(self, module: str, name: str) -> Any:
        if module == __name__ and name in self._replaced:
            return self._replaced[name]
        return super().find_class(module, name)


def _backend(service: str, account_id: str, region: str) -> Any:
    """Stands in the bytes for what StateUnpickler was given."""
    raise pickle.UnpicklingError("only StateUnpickler knows backends")


def _body(digest: str) -> StoredBody:
    """Stands in the bytes for what StateUnpickler was given."""
    raise pickle.UnpicklingError("only StateUnpickler knows bodies")


def _blank_key() -> Any:
    from moto.s3.models import FakeKey

    return FakeKey.__new__(FakeKey)


def _set_key_state(key: Any, state: dict[str, Any]) -> None:
    key.__dict__.update(state)
    key.lock = threading.Lock()
    if "_value_buffer" not in state:  # it was deleted: moto only asks whether it is closed
        key._value_buffer = io.BytesIO()
        key._value_buffer.close()


def _reduced_cryptography(value: Any) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    encoding = serialization.Encoding.DER
    if isinstance(value, x509.Certificate):
        return x509.load_der_x509_certificate, (value.public_bytes(encoding),)
    if hasattr(value, "private_bytes"):
        plain = serialization.NoEncryption()
        der = value.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
        return serialization.load_der_private_key, (der, None)
    if hasattr(value, "public_bytes"):
        der = value.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        return serialization.load_der_public_key, (der,)
    return NotImplemented
