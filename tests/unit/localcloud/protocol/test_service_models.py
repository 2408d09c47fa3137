"""The models by which requests are read."""

import botocore.loaders
import pytest

from localcloud.protocol.service_models import loader, service_model

SERVICES = ("ec2", "s3", "rds", "ecs")


def without_documentation(data: object) -> object:
    if isinstance(data, dict):
        return {
            name: "" if name == "documentation" and isinstance(value, str) else without_documentation(value)
            for name, value in data.items()
        }
    return [without_documentation(each) for each in data] if isinstance(data, list) else data


@pytest.mark.parametrize("service", SERVICES)
def test_a_model_lacks_nothing_but_its_documentation(service: str) -> None:
    complete = botocore.loaders.Loader().load_service_model(service, "service-2")
    loaded = loader.__wrapped__().load_service_model(service, "service-2")  # one that no client has changed
    assert loaded == without_documentation(complete)
    assert type(loaded["shapes"]) is dict
    assert list(loaded["shapes"]) == list(complete["shapes"])
    assert {operation.get("documentation", "") for operation in loaded["operations"].values()} == {""}


def test_clients_can_be_made_of_it() -> None:
    assert service_model("s3").client_context_parameters
