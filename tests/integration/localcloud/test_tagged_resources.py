"""The list of all tagged resources, in pages."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

NUMBER = 7
PER_PAGE = 3


async def test_pages_have_each_resource_once_whatever_changes_between_them(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        tagged = [{"Key": "part", "Value": "test"}]
        topics = {
            (await cloud.call("sns", "create_topic", Name=f"topic-{number}", Tags=tagged))["TopicArn"]
            for number in range(NUMBER)
        }
        found: list[str] = []
        sizes = []
        token = ""
        while True:
            page = await cloud.call(
                "resourcegroupstaggingapi", "get_resources", ResourcesPerPage=PER_PAGE, PaginationToken=token
            )
            sizes.append(len(page["ResourceTagMappingList"]))
            found += [each["ResourceARN"] for each in page["ResourceTagMappingList"]]
            token = page.get("PaginationToken", "")
            if not token:
                break
            await cloud.call("ssm", "put_parameter", Name=f"/page-{len(sizes)}", Value="a change", Type="String")
        assert (sizes, len(found), set(found)) == ([PER_PAGE, PER_PAGE, 1], NUMBER, topics)
        with pytest.raises(ClientError, match="PaginationTokenExpiredException"):
            await cloud.call("resourcegroupstaggingapi", "get_resources", PaginationToken="no such page")
        assert (await cloud.call("resourcegroupstaggingapi", "get_tag_keys"))["TagKeys"] == ["part"]
        answer = await cloud.call("resourcegroupstaggingapi", "get_tag_values", Key="part")
        assert answer["TagValues"] == ["test"]
