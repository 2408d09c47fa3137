"""Parameter Store refuses names, values, tiers and labels as AWS does."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

STRING = {"Name": "/a/p", "Value": "1", "Type": "String"}


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"Name": "a/p"}, "ValidationException", "Parameter name must be a fully qualified name"),
        ({"Name": "/a b"}, "ValidationException", "each sub-path can be formed as a mix of letters"),
        ({"Name": "/a//b"}, "ValidationException", "each sub-path can be formed as a mix of letters"),
        ({"Name": "/l" * 16}, "HierarchyLevelLimitExceededException", "maximum of 15 levels"),
        ({"Name": "n" * 1012}, "ValidationException", "1011"),
        (
            {"AllowedPattern": r"\d{2}"},
            "ParameterPatternMismatchException",
            r"validated against allowedPattern: \\d\{2\}",
        ),
        ({"AllowedPattern": "("}, "InvalidAllowedPatternException", "not a valid regular expression"),
        ({"DataType": "number"}, "ValidationException", "The following data type is not supported: number"),
        ({"DataType": "aws:ec2:image", "Type": "SecureString"}, "ValidationException", "aws:ec2:image"),
        ({"Type": "Text"}, "ValidationException", r"enum value set: \[SecureString, StringList, String\]"),
        ({"Policies": '[{"Type": "Expiration"}]'}, "InvalidAction", "parameter policies have no effect"),
    ],
)
async def test_a_parameter_that_aws_refuses_is_not_created(
    cloud_in: Any, tmp_path: Path, change: dict[str, Any], code: str, words: str
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        with pytest.raises(ClientError, match=rf"\({code}\).*{words}"):
            await cloud.call("ssm", "put_parameter", **STRING | change)
        assert (await cloud.call("ssm", "describe_parameters"))["Parameters"] == []


async def test_a_change_keeps_what_aws_keeps(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:

        async def put(**more: Any) -> Any:
            return await cloud.call("ssm", "put_parameter", Name="/a/p", Overwrite=True, **more)

        with pytest.raises(ClientError, match="ValidationException"):
            await put(Value="1")  # a new parameter needs a type
        await put(Value="1", Type="String", AllowedPattern=r"\d+")
        with pytest.raises(ClientError, match="ParameterPatternMismatchException"):
            await put(Value="one")
        assert (await put(Value="2", Tier="Intelligent-Tiering"))["Tier"] == "Standard"
        assert (await put(Value="3" * 5000, Tier="Intelligent-Tiering"))["Tier"] == "Advanced"
        assert (await put(Value="4" * 5000))["Tier"] == "Advanced"
        with pytest.raises(
            ClientError, match=r"\(ValidationException\).*You can't downgrade a parameter from the advan"
        ):
            await put(Value="5", Tier="Standard")
        # The provider's acceptance tests change a type in place, so AWS allows it.
        await put(Value="6", Type="SecureString")
        kept = (await cloud.call("ssm", "get_parameter", Name="/a/p", WithDecryption=True))["Parameter"]
        assert (kept["Type"], kept["Value"]) == ("SecureString", "6")


async def test_a_version_has_ten_labels_at_most(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("ssm", "put_parameter", **STRING)

        async def label(*labels: str, **more: Any) -> Any:
            return await cloud.call("ssm", "label_parameter_version", Name="/a/p", Labels=list(labels), **more)

        assert (await label("awsome", "ssm1", "1st", "a b"))["InvalidLabels"] == ["awsome", "ssm1", "1st", "a b"]
        await label(*(f"l{number}" for number in range(10)))
        with pytest.raises(
            ClientError, match=r"\(ParameterVersionLabelLimitExceeded\)[^(]*operation: A parameter version"
        ):
            await label("one-more")
        with pytest.raises(ClientError, match="ParameterVersionNotFound"):
            await label("x", ParameterVersion=2)
