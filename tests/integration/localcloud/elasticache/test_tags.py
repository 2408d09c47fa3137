"""Tags of a replication group are those of its nodes, too."""

from pathlib import Path
from typing import Any

from localcloud.elasticache.caches import Caches


async def test_what_is_done_to_a_groups_tags_is_done_to_its_nodes(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:

        async def call(operation: str, **parameters: Any) -> Any:
            return await cloud.call("elasticache", operation, **parameters)

        async def create(*tags: dict[str, str]) -> str:
            group = {"ReplicationGroupId": "Orders", "ReplicationGroupDescription": "d", "NumCacheClusters": 2}
            group["CacheNodeType"] = "cache.t4g.micro"
            answer = await call("create_replication_group", **group, Tags=list(tags))
            return str(answer["ReplicationGroup"]["ARN"])

        async def of_nodes() -> list[dict[str, str]]:
            nodes = (await call("describe_cache_clusters"))["CacheClusters"]
            lists = [(await call("list_tags_for_resource", ResourceName=node["ARN"]))["TagList"] for node in nodes]
            assert lists[0] == lists[1]
            return list(lists[0])

        arn = await create({"Key": "owner", "Value": "a"})
        assert await of_nodes() == [{"Key": "owner", "Value": "a"}]
        await call("add_tags_to_resource", ResourceName=arn, Tags=[{"Key": "env", "Value": "test"}])
        assert await of_nodes() == [{"Key": "owner", "Value": "a"}, {"Key": "env", "Value": "test"}]
        await call("remove_tags_from_resource", ResourceName=arn, TagKeys=["owner"])
        assert await of_nodes() == [{"Key": "env", "Value": "test"}]
        await call("delete_replication_group", ReplicationGroupId="Orders")
        await create()
        assert await of_nodes() == []
