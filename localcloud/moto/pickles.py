"""Converts moto's backends to bytes and back: what pickle itself cannot do, with one identity for each backend."""

from __future__ import annotations

import copy
import io
import pickle
import threading
import weakref
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, NoReturn, cast

import cloudpickle

from localcloud.moto.bodies import BodyStore, StoredBody

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
    from cryptography.x509 import Certificate
    from moto.core.base_backend import BaseBackend
    from moto.s3.models import FakeKey


BackendKey = tuple[str, str, str]  # service, account id, region
DictState = tuple[list[tuple[object, object]], dict[str, object], Callable[[], object] | None]
"""Items, attributes and default factory of a dict of moto's."""

FORMER_MODULES = {"localcloud.moto_pickles": __name__, "localcloud.rds.database": "localcloud.rds.server.database"}
"""Earlier names of our modules, which states on disk still contain -> their current names."""

LOCKS = {type(threading.Lock()): threading.Lock, type(threading.RLock()): threading.RLock}


WEAK = (weakref.ReferenceType, weakref.ProxyType, weakref.CallableProxyType, weakref.WeakValueDictionary)


class Prototype:
    """Makes the values of a defaultdict by copying one: a function's code would not outlive its Python."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __call__(self) -> object:
        return copy.deepcopy(self.value)


class StatePickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    """Writes the attributes of one service's backends.

    A reference to a backend is written as its key. After loading, services that refer to each other's backends share
    them again, instead of each having its own copy. S3 bodies are written as their digest.
    """

    def __init__(self, file: io.BytesIO, keys: dict[int, BackendKey], bodies: BodyStore) -> None:
        super().__init__(file, protocol=5)
        self._keys = keys
        self._bodies = bodies

    def reducer_override(self, value: object) -> object:
        kind = type(value)
        if key := self._keys.get(id(value)):
            return _backend, key
        if lock := LOCKS.get(kind):
            return lock, ()
        if kind.__module__ == "moto.s3.models" and kind.__name__ == "FakeKey":
            return _blank_key, (), self._key_state(cast("FakeKey", value)), None, None, _set_key_state
        if isinstance(value, dict) and kind.__module__.startswith("moto."):
            base = _dict_base(kind)
            factory = _lasting(value.default_factory) if isinstance(value, defaultdict) else None
            state = (list(base.items(value)), dict(value.__dict__), factory)
            return _blank_dict, (kind,), state, None, None, _set_dict_state
        if isinstance(value, defaultdict) and _is_code(value.default_factory):
            return defaultdict, (_lasting(value.default_factory),), None, None, iter(value.items())
        if kind.__module__.startswith("cryptography."):
            return _reduced_cryptography(value)
        if isinstance(value, StoredBody):
            return _body, (value.digest,)
        if kind in WEAK:
            return _reduced_weak(value)
        return super().reducer_override(value)

    def _key_state(self, key: FakeKey) -> dict[str, object]:
        state = dict(key.__dict__)
        del state["lock"]
        if key.disposed:
            del state["_value_buffer"]
        elif not isinstance(key._value_buffer, StoredBody):
            body = self._bodies.keep(key.value)
            key._value_buffer.close()
            # Read it from the file from now on: it need not stay in memory or be hashed again.
            state["_value_buffer"] = vars(key)["_value_buffer"] = body
        return state


class StateUnpickler(pickle.Unpickler):
    """Reads what StatePickler wrote; `backend` finds or creates the backend of a key."""

    def __init__(self, data: bytes, backend: Callable[[str, str, str], BaseBackend], bodies: BodyStore) -> None:
        super().__init__(io.BytesIO(data))
        self._replaced = {_backend.__name__: backend, _body.__name__: bodies.get}

    def find_class(self, module: str, name: str) -> object:
        module = FORMER_MODULES.get(module, module)
        if module == __name__ and name in self._replaced:
            return self._replaced[name]
        return super().find_class(module, name)


def _backend(service: str, account_id: str, region: str) -> NoReturn:
    """Placeholder in the bytes; StateUnpickler replaces it with its `backend`."""
    raise pickle.UnpicklingError("only StateUnpickler knows backends")


def _body(digest: str) -> NoReturn:
    """Placeholder in the bytes; StateUnpickler replaces it with `bodies.get`."""
    raise pickle.UnpicklingError("only StateUnpickler knows bodies")


def _blank_key() -> FakeKey:
    from moto.s3.models import FakeKey

    return cast("FakeKey", FakeKey.__new__(FakeKey))


def _set_key_state(key: FakeKey, state: dict[str, object]) -> None:
    key.__dict__.update(state)
    key.lock = threading.Lock()
    if "_value_buffer" not in state:  # It was deleted: moto only checks whether it is closed.
        vars(key)["_value_buffer"] = io.BytesIO()
        key._value_buffer.close()


def _dict_base(kind: type[object]) -> type[dict[object, object]]:
    """Return the base class whose methods show the whole content of a dict of this class.

    moto's own `items` and `__setitem__` may not: those of S3's object store handle only the latest version of each key.
    """
    bases: tuple[type[dict[object, object]], ...] = (OrderedDict, defaultdict, dict)
    return next(base for base in bases if base in kind.__mro__)


def _is_code(factory: object) -> bool:
    """Return whether the factory is a function that no module has by name."""
    return isinstance(factory, FunctionType) and "<" in factory.__qualname__


def _lasting(factory: Callable[[], object] | None) -> Callable[[], object] | None:
    return Prototype(factory()) if factory is not None and _is_code(factory) else factory


def _blank_dict(kind: type[dict[object, object]]) -> dict[object, object]:
    return kind.__new__(kind)


def _set_dict_state(value: dict[object, object], state: DictState) -> None:
    items, attributes, factory = state
    base = _dict_base(type(value))
    if isinstance(value, OrderedDict):
        OrderedDict.__init__(value)
    for key, item in items:
        base.__setitem__(value, key, item)
    value.__dict__.update(attributes)
    if isinstance(value, defaultdict):
        value.default_factory = factory


def _reduced_weak(value: object) -> object:
    """Restore a weak reference: the same state contains strong references to its target."""
    if isinstance(value, weakref.WeakValueDictionary):
        return weakref.WeakValueDictionary, (), None, None, iter(list(value.items()))
    if isinstance(value, weakref.ReferenceType):
        pointed_to = value()
        return (_dead, ()) if pointed_to is None else (weakref.ref, (pointed_to,))
    bound: MethodType = cast("MethodType", value.__repr__)
    return weakref.proxy, (bound.__self__,)  # A proxy's bound methods belong to its target.


def _dead() -> weakref.ref[object]:
    return weakref.ref(type("Gone", (), {})())


def _reduced_cryptography(value: object) -> object:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    encoding = serialization.Encoding.DER
    if isinstance(value, x509.Certificate):
        return _certificate, (value.public_bytes(encoding),)
    if hasattr(value, "private_bytes"):
        plain = serialization.NoEncryption()
        return _private_key, (value.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain),)
    if hasattr(value, "public_bytes"):
        return _public_key, (value.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo),)
    return NotImplemented


# cryptography's own loaders name modules that cannot be imported, so they cannot be pickled.
def _certificate(der: bytes) -> Certificate:
    from cryptography import x509

    return x509.load_der_x509_certificate(der)


def _private_key(der: bytes) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives import serialization

    return serialization.load_der_private_key(der, None)


def _public_key(der: bytes) -> PublicKeyTypes:
    from cryptography.hazmat.primitives import serialization

    return serialization.load_der_public_key(der)
