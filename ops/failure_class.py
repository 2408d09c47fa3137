"""The classes of failed deploys: one word for scripts, and its meaning."""

from enum import StrEnum


class FailureClass(StrEnum):
    """The values are a contract for scripts: `class` of `--json`."""

    IMAGE = "image"
    SECRET = "secret"  # noqa: S105 - a class of failures
    PERMISSION = "permission"
    SETTINGS = "settings"
    NETWORK = "network"
    PORT = "port"
    HEALTH_PATH = "health_path"
    CRASH = "crash"
    MEMORY = "memory"
    SLOW_START = "slow_start"
    MIGRATION = "migration"
    ALARM = "alarm"
    REQUESTS = "requests"
    CAPACITY = "capacity"
    QUOTA = "quota"
    STUCK_CONFIGURATION = "stuck_configuration"
    OTHER_DEPLOY = "other_deploy"
    ENDPOINT_GONE = "endpoint_gone"
    UNKNOWN = "unknown"

    @property
    def meaning(self) -> str:
        return MEANINGS[self]


MEANINGS = {
    FailureClass.IMAGE: "the image is missing, damaged, or made for another platform or an older schema",
    FailureClass.SECRET: "a secret, or a key in it, is missing",
    FailureClass.PERMISSION: "a role lacks a permission",
    FailureClass.SETTINGS: "a setting is wrong, or names something that does not exist",
    FailureClass.NETWORK: "the task cannot reach what it needs to start",
    FailureClass.PORT: "nothing listens on the port that the load balancer uses",
    FailureClass.HEALTH_PATH: "the health check gets a bad response, or none in time",
    FailureClass.CRASH: "the program ended by itself",
    FailureClass.MEMORY: "the task used more memory than it may",
    FailureClass.SLOW_START: "the program was not listening yet when its health was checked",
    FailureClass.MIGRATION: "the database could not be migrated",
    FailureClass.ALARM: "an alarm went off",
    FailureClass.REQUESTS: "requests to real routes fail",
    FailureClass.CAPACITY: "AWS had no capacity for the tasks, or reclaimed it",
    FailureClass.QUOTA: "a quota of the account is used up",
    FailureClass.STUCK_CONFIGURATION: "the service's minimum and maximum percent leave no room to replace a task",
    FailureClass.OTHER_DEPLOY: "somebody else deployed, or stopped or rolled back what was being deployed",
    FailureClass.ENDPOINT_GONE: "AWS became unreachable, so the outcome is unknown",
    FailureClass.UNKNOWN: "the evidence names no cause",
}
