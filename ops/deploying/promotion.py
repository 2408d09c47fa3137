"""The result of a promotion, shown to people and scripts."""

from dataclasses import dataclass

from ops.console import Console
from ops.deploying.result import DeployResult
from ops.image.copy import MIB
from ops.image.registry import Layer
from ops.log_text import count_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """deploy: None when the target serves the image already. The JSON form is a contract for scripts.

    source: an environment, or a repository's URI. copied: in a dry run, what would be copied.
    """

    source: str
    target: str
    digest: str
    image: str = ""  # in the target's repository, pinned
    tag: str | None = None
    revision: int | None = None
    already: bool = False
    copied: tuple[Layer, ...] = ()
    present: int = 0  # layers that were there
    deploy: DeployResult | None = None
    duration_s: float = 0.0
    phases_s: dict[str, float]

    @property
    def exit_code(self) -> int:
        return 0 if self.deploy is None else self.deploy.exit_code

    @property
    def message(self) -> str:
        if self.deploy is None:
            return f"{self.target} already serves {self.digest}, as revision {self.revision}. Nothing was changed."
        return self.deploy.message

    def as_json(self) -> dict[str, object]:
        cause = self.deploy.cause if self.deploy is not None else None
        return {
            "ok": self.exit_code == 0,
            "verdict": "already_serves" if self.deploy is None else self.deploy.verdict.value,
            "class": cause.failure_class.value if cause is not None else None,
            "message": self.message,
            "from": self.source,
            "to": self.target,
            "digest": self.digest,
            "image": self.image or None,
            "tag": self.tag,
            "revision": self.revision,
            "copied": [{"digest": layer.digest, "size": layer.size} for layer in self.copied],
            "present": self.present,
            "duration_s": round(self.duration_s, 3),
            "phases_s": self.phases_s,
            "deploy": self.deploy.as_json() if self.deploy else None,
        }

    def show(self, console: Console) -> None:
        if self.deploy is None:
            console.result(self.message, style="bold green")
            return
        size = sum(layer.size for layer in self.copied) / MIB
        console.result(f"{self.source} -> {self.target}: {self.digest}")
        console.result(
            f"  {count_of(len(self.copied), 'layer')} to copy ({size:.1f} MiB), {self.present} there already"
        )
        self.deploy.show(console)
