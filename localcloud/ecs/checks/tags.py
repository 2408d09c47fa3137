"""Tags: what ECS refuses of them, and which a task is given when it starts."""

from collections.abc import Mapping, Sequence

from localcloud.errors import AwsError

Tags = dict[str, str]

MOST_TAGS = 50
LONGEST_KEY, LONGEST_VALUE = 128, 256
RESERVED = "aws:"


def tags_from(wire: Sequence[Mapping[str, str]] | None) -> Tags:
    """The API's list of tags -> dict. Errors: InvalidParameterException."""
    tags: Tags = {}
    for tag in wire or []:
        key, value = tag.get("key", ""), tag.get("value", "")
        if not 1 <= len(key) <= LONGEST_KEY or len(value) > LONGEST_VALUE:
            raise _refusal(
                f"a key has 1 to {LONGEST_KEY} characters and a value at most {LONGEST_VALUE}: '{key[:200]}'."
            )
        if key in tags:
            raise _refusal(f"the key '{key}' is there twice.")
        check_ours(key)
        tags[key] = value
    check_number(tags)
    return tags


def check_ours(key: str) -> None:
    """Errors: InvalidParameterException for a key that only AWS may set and remove."""
    if key.lower().startswith(RESERVED):
        raise _refusal(f"the prefix aws: is reserved: '{key}'.")


def check_number(tags: Tags) -> None:
    """AWS's own do not count. Errors: InvalidParameterException."""
    if sum(not key.startswith(RESERVED) for key in tags) > MOST_TAGS:
        raise _refusal(f"a resource can have at most {MOST_TAGS}.")


def task_tags(
    own: Tags, propagate: str, *, of_service: Tags, of_definition: Tags, cluster: str, service: str, managed: bool
) -> Tags:
    """Its own go before those that it inherits. `managed`: whether AWS's come along."""
    inherited = {"SERVICE": of_service, "TASK_DEFINITION": of_definition}.get(propagate, {})
    names = {"aws:ecs:clusterName": cluster, "aws:ecs:serviceName": service} if managed else {}
    return inherited | own | {key: name for key, name in names.items() if name}


def _refusal(why: str) -> AwsError:
    return AwsError("InvalidParameterException", f"tags: {why}")
