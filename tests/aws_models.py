"""AWS's models, read once in a process: otherwise every session of boto3 reads those of its clients anew.

What each client makes of its model, the methods and shapes, is kept too: it is a third of the making of a client.
"""

from typing import Any

import botocore.session
from botocore.client import ClientCreator
from botocore.loaders import Loader, create_loader
from botocore.model import ServiceModel

_models: dict[int, ServiceModel] = {}
"""By the id of the text that a loader keeps, as the model does."""
_methods: dict[int, dict[str, Any]] = {}


class Paths(list[str]):
    """Search paths, to which each session adds the same one."""

    def append(self, path: str) -> None:
        if path not in self:
            super().append(path)


def share() -> None:
    """Let all sessions made from now on use one loader, but those that are to look elsewhere."""
    shared = Loader(extra_search_paths=Paths())
    session: Any = botocore.session
    session.create_loader = lambda data_path=None: create_loader(data_path) if data_path else shared
    creator: Any = ClientCreator
    creator._load_service_model = _service_model
    creator._create_methods = _methods_of


def _service_model(creator: Any, name: str, api_version: str | None = None) -> ServiceModel:
    text = creator._loader.load_service_model(name, "service-2", api_version=api_version)
    if id(text) not in _models:
        _models[id(text)] = ServiceModel(text, service_name=name)
    return _models[id(text)]


_create_methods = ClientCreator._create_methods


def _methods_of(creator: Any, model: ServiceModel) -> dict[str, Any]:
    if id(model) not in _methods:
        _methods[id(model)] = _create_methods(creator, model)
    return dict(_methods[id(model)])
