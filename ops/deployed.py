"""What serves, as Terraform is told of it: the SSM parameter `/<prefix>/deployed`."""

import json

from ops.aws import Aws
from ops.scalable_target import find_scalable_target
from ops.service import Service
from ops.task_definition import container_of

# The tag in the image that Terraform describes before anything was deployed; no such image exists.
NEVER_DEPLOYED = ":never-deployed"


def record(aws: Aws, image: str, revision: str) -> None:
    """Note what serves from now on, so that an apply describes tasks with it. SSM PutParameter.

    image: pinned by digest. revision: what /version shows.
    """
    aws.ssm.put_parameter(
        Name=aws.environment.deployed_parameter,
        Value=json.dumps({"image": image, "revision": revision}),
        Type="String",
        Overwrite=True,
    )


def nothing_yet(aws: Aws, service: Service) -> bool:
    """Whether the service has never run an image: it may try in vain, and no deployment of it is worth waiting for.

    ECS DescribeTaskDefinition.
    """
    described = aws.ecs.describe_task_definition(taskDefinition=service.task_definition)["taskDefinition"]
    image: str = container_of(described, aws.environment.container)["image"]
    return image.endswith(NEVER_DEPLOYED)


def first_tasks(aws: Aws, service: Service, image: str) -> int | None:
    """Give how many tasks the first deploy starts: the least that scaling keeps. None for every other deploy.

    image: of the present task definition. Application Auto Scaling DescribeScalableTargets.
    """
    if service.desired or not image.endswith(NEVER_DEPLOYED):
        return None
    target = find_scalable_target(aws)
    return target.minimum if target else 1
