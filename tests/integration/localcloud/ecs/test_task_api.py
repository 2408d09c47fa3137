"""Operations other than running and stopping: protection, account settings, deletion of revisions, task versions."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.ecs.daemon import Shell, until
from tests.integration.localcloud.ecs.test_tasks import sh


def test_scale_in_leaves_the_protected_task_until_its_protection_expires(shell: Shell) -> None:
    shell.ecs.create_service(
        cluster="c",
        serviceName="guarded",
        taskDefinition=shell.register(sh("sleep 600"), family="guarded"),
        desiredCount=2,
        networkConfiguration=shell.daemon.network,
    )
    shell.until_steady("guarded")
    arns = shell.ecs.list_tasks(cluster="c", serviceName="guarded")["taskArns"]
    answer = shell.ecs.update_task_protection(cluster="c", tasks=arns[:1], protectionEnabled=True, expiresInMinutes=1)
    assert answer["failures"] == []
    [protected] = answer["protectedTasks"]
    assert protected["protectionEnabled"]
    [protection] = shell.ecs.get_task_protection(cluster="c", tasks=arns[:1])["protectedTasks"]
    assert protection == protected
    shell.ecs.update_service(cluster="c", service="guarded", desiredCount=0)
    shell.until_status(arns[1], "STOPPED")
    stopped = shell.until_status(arns[0], "STOPPED")
    assert stopped["stoppingAt"] > protected["expirationDate"]
    shell.ecs.delete_service(cluster="c", service="guarded")


def test_a_standalone_task_cannot_be_protected(shell: Shell) -> None:
    arn = shell.run(shell.register(sh("sleep 600")))
    missing = arn.rsplit("/", 1)[0] + "/" + "0" * 32
    answer = shell.ecs.update_task_protection(cluster="c", tasks=[arn, missing], protectionEnabled=True)
    assert answer["failures"] == [{"arn": arn, "reason": "TASK_NOT_VALID"}, {"arn": missing, "reason": "MISSING"}]
    with pytest.raises(ClientError, match="between 1 and 2880"):
        shell.ecs.update_task_protection(cluster="c", tasks=[arn], protectionEnabled=True, expiresInMinutes=2881)
    shell.ecs.stop_task(cluster="c", task=arn)


def test_account_settings_are_kept_and_have_defaults(shell: Shell) -> None:
    shell.ecs.put_account_setting_default(name="containerInsights", value="enhanced")
    listed = shell.ecs.list_account_settings(name="containerInsights")["settings"]
    assert [(setting["name"], setting["value"]) for setting in listed] == [("containerInsights", "enhanced")]
    effective = shell.ecs.list_account_settings(effectiveSettings=True, maxResults=50)["settings"]
    values = {setting["name"]: setting["value"] for setting in effective}
    assert (values["taskLongArnFormat"], values["containerInsights"]) == ("enabled", "enhanced")
    shell.ecs.delete_account_setting(name="containerInsights")
    assert shell.ecs.list_account_settings(name="containerInsights")["settings"] == []
    with pytest.raises(ClientError, match="Invalid value maybe"):
        shell.ecs.put_account_setting(name="containerInsights", value="maybe")


def test_a_revision_that_is_being_deleted_is_of_no_use_and_goes_with_its_last_task(shell: Shell) -> None:
    active, inactive = (shell.register(sh("sleep 600"), family="gone") for _ in range(2))
    task = shell.run(inactive)
    shell.ecs.deregister_task_definition(taskDefinition=inactive)
    answer = shell.ecs.delete_task_definitions(taskDefinitions=[active, inactive])
    assert [definition["status"] for definition in answer["taskDefinitions"]] == ["DELETE_IN_PROGRESS"]
    assert [failure["arn"] for failure in answer["failures"]] == [active]

    def listed(status: str) -> list[str]:
        return list(shell.ecs.list_task_definitions(familyPrefix="gone", status=status)["taskDefinitionArns"])

    shell.until_status(task, "RUNNING")
    assert (listed("INACTIVE"), listed("DELETE_IN_PROGRESS")) == ([], [inactive])
    with pytest.raises(ClientError, match="inactive"):
        shell.run(inactive)
    shell.ecs.stop_task(cluster="c", task=task)
    shell.until_status(task, "STOPPED")
    until(lambda: listed("DELETE_IN_PROGRESS") == [], "it to be gone")
    with pytest.raises(ClientError, match="Unable to describe"):
        shell.ecs.describe_task_definition(taskDefinition=inactive)
    assert shell.task(task)["taskDefinitionArn"] == inactive, "a stopped task can still be described"
    assert shell.register(sh("true"), family="gone").endswith(":3"), "its number is not used again"


def test_a_tasks_version_grows_and_tags_come_on_request(shell: Shell) -> None:
    arn = shell.run(shell.register(sh("sleep 600")), tags=[{"key": "a", "value": "b"}])
    running = shell.until_status(arn, "RUNNING")
    shell.ecs.stop_task(cluster="c", task=arn)
    stopped = shell.until_status(arn, "STOPPED")
    assert 1 < running["version"] < stopped["version"]
    assert running["ephemeralStorage"] == {"sizeInGiB": 20}
    assert running["tags"] == []
    [tagged] = shell.ecs.describe_tasks(cluster="c", tasks=[arn], include=["TAGS"])["tasks"]
    assert tagged["tags"] == [{"key": "a", "value": "b"}]


@pytest.mark.parametrize("consistency", ["enabled", "disabled"])
def test_a_tag_that_moves_changes_nothing_for_a_revision_that_has_pulled_it(shell: Shell, consistency: str) -> None:
    name = f"moving-{consistency}"
    image = shell.image.replace("/shell:", f"/{name}:")
    shell.ecr.create_repository(repositoryName=name)
    [found] = shell.ecr.batch_get_image(repositoryName="shell", imageIds=[{"imageTag": "v1"}])["images"]
    manifest = found["imageManifest"]

    def push(number: int) -> str:
        text = json.dumps(json.loads(manifest) | {"annotations": {"number": str(number)}})
        put = shell.ecr.put_image(repositoryName=name, imageManifest=text, imageTag="v1")
        return str(put["image"]["imageId"]["imageDigest"])

    def digests() -> set[str]:
        arns = shell.ecs.list_tasks(cluster="c", serviceName=name)["taskArns"]
        tasks = shell.ecs.describe_tasks(cluster="c", tasks=arns)["tasks"]
        assert {container["image"] for task in tasks for container in task["containers"]} == {image}
        return {container["imageDigest"] for task in tasks for container in task["containers"]}

    first = push(1)
    definition = shell.register(sh("sleep 600", image=image, versionConsistency=consistency), family=name)
    shell.ecs.create_service(
        cluster="c",
        serviceName=name,
        taskDefinition=definition,
        desiredCount=1,
        networkConfiguration=shell.daemon.network,
    )
    shell.until_steady(name)
    second = push(2)
    shell.ecs.update_service(cluster="c", service=name, desiredCount=2)
    shell.until_steady(name)
    assert digests() == ({first} if consistency == "enabled" else {first, second})
    shell.ecs.update_service(cluster="c", service=name, forceNewDeployment=True)
    shell.until_steady(name)
    assert digests() == {second}, "another revision"
    [newest, *_] = shell.ecs.list_service_deployments(cluster="c", service=name)["serviceDeployments"]
    arns = [newest["targetServiceRevisionArn"]]
    [revision] = shell.ecs.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
    assert revision["containerImages"][0].get("imageDigest") == (second if consistency == "enabled" else None)
    shell.ecs.delete_service(cluster="c", service=name, force=True)
