"""A secret that is scheduled for deletion keeps its name, and takes no change until it is restored."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

NAMED = {"SecretId": "s"}


async def test_a_secret_to_be_deleted_keeps_its_name_and_takes_no_change(cloud_in: Any, tmp_path: Path) -> None:
    uses: list[tuple[str, dict[str, Any]]] = [
        ("get_secret_value", NAMED),
        ("put_secret_value", NAMED | {"SecretString": "w"}),
        ("update_secret", NAMED | {"Description": "d"}),
        ("tag_resource", NAMED | {"Tags": [{"Key": "k", "Value": "v"}]}),
        ("untag_resource", NAMED | {"TagKeys": ["k"]}),
        ("put_resource_policy", NAMED | {"ResourcePolicy": '{"Version": "2012-10-17", "Statement": []}'}),
        ("rotate_secret", NAMED),
        ("delete_secret", NAMED),
    ]
    async with cloud_in(tmp_path, {}) as cloud:

        async def call(operation: str, **parameters: Any) -> Any:
            return await cloud.call("secretsmanager", operation, **parameters)

        await call("create_secret", Name="s", SecretString="v")
        await call("delete_secret", SecretId="s", RecoveryWindowInDays=7)
        with pytest.raises(
            ClientError,
            match=r"\(InvalidRequestException\).*: You can't create this secret because a secret with this name is "
            r"already scheduled for deletion\.$",
        ):
            await call("create_secret", Name="s", SecretString="other")
        for operation, parameters in uses:
            with pytest.raises(
                ClientError,
                match=r"\(InvalidRequestException\).*: You can't perform this operation on the secret because it was "
                r"marked for deletion\.$",
            ):
                await call(operation, **parameters)
        assert (await call("describe_secret", SecretId="s"))["DeletedDate"]
        await call("restore_secret", SecretId="s")
        assert (await call("get_secret_value", SecretId="s"))["SecretString"] == "v"
        await call("delete_secret", SecretId="s")
        await call("delete_secret", SecretId="s", ForceDeleteWithoutRecovery=True)
        await call("create_secret", Name="s", SecretString="new")
