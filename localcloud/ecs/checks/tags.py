"""Checks tags as ECS does, and determines the tags of a new task."""

from collections.abc import Mapping, Sequence

from localcloud.errors import AwsError

Tags = dict[str, str]

MOST_TAGS = 50
LONGEST_KEY, LONGEST_VALUE = 128, 256
RESERVED = "aws:"


def tags_from(wire: Sequence[Mapping[str, str]] | None) -> Tags:
    """Convert the API's list of tags to a dict. Errors: InvalidParameterException."""
    tags: Tags = {}
    for tag in wire or []:
        key, value = tag.get("key", ""), tag.get("value", "")
        if not 1 <= len(key) <= LONGEST_KEY or len(value) > LONGEST_VALUE:
            raise _refusal(
                f"a key has 1 to {LONGEST_KEY} characters and a value at most {LONGEST_VALUE}: '{key[:200]}'."
            )
        if key in tags:
            raise _refusal(f"the key '{key}' appears twice.")
        check_ours(key)
        tags[key] = value
    check_number(tags)
    return tags


def check_ours(key: str) -> None:
    """Refuse a key that only AWS may set and remove. Errors: InvalidParameterException."""
    if key.lower().startswith(RESERVED):
        raise _refusal(f"the prefix aws: is reserved: '{key}'.")


def check_number(tags: Tags) -> None:
    """Check the number of tags; AWS's own do not count. Errors: InvalidParameterException."""
    if sum(not key.startswith(RESERVED) for key in tags) > MOST_TAGS:
        raise _refusal(f"a resource can have at most {MOST_TAGS}.")


def task_tags(
    own: Tags, propagate: str, *, of_service: Tags, of_definition: Tags, cluster: str, service: str, managed: bool
) -> Tags:
    """Merge a task's tags; its own override inherited ones. `managed`: whether to add AWS's own tags."""
    inherited = {"SERVICE": of_service, "TASK_DEFINITION": of_definition}.get(propagate, {})
    names = {"aws:ecs:clusterName": cluster, "aws:ecs:serviceName": service} if managed else {}
    return inherited | own | {key: name for key, name in names.items() if name}


def _refusal(why: str) -> AwsError:
    return AwsError("InvalidParameterException", f"tags: {why}")
