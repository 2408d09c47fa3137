"""IAM's OpenID Connect providers, and roles that only services may have."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

SCALING = "ecs.application-autoscaling.amazonaws.com"


async def test_clients_of_a_provider_can_be_added_and_removed(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        made = await cloud.call(
            "iam", "create_open_id_connect_provider", Url="https://a.example.com", ClientIDList=["one"]
        )
        named = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
        await cloud.call("iam", "add_client_id_to_open_id_connect_provider", ClientID="two", **named)
        await cloud.call("iam", "add_client_id_to_open_id_connect_provider", ClientID="two", **named)
        await cloud.call("iam", "remove_client_id_from_open_id_connect_provider", ClientID="one", **named)
        await cloud.call("iam", "remove_client_id_from_open_id_connect_provider", ClientID="three", **named)
        found = await cloud.call("iam", "get_open_id_connect_provider", **named)
        assert found["ClientIDList"] == ["two"]
        with pytest.raises(ClientError, match="NoSuchEntity"):
            await cloud.call(
                "iam",
                "add_client_id_to_open_id_connect_provider",
                OpenIDConnectProviderArn=f"{made['OpenIDConnectProviderArn']}.org",
                ClientID="two",
            )


async def test_only_some_service_linked_roles_have_a_suffix(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        made = await cloud.call("iam", "create_service_linked_role", AWSServiceName=SCALING)
        assert made["Role"]["RoleName"] == "AWSServiceRoleForApplicationAutoScaling_ECSService"
        with pytest.raises(ClientError, match="Custom suffix is not allowed for ecs"):
            await cloud.call(
                "iam", "create_service_linked_role", AWSServiceName="ecs.amazonaws.com", CustomSuffix="mine"
            )
