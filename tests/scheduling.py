"""Distributes test files to workers: each alone, except groups that share something slow to create."""

from pathlib import Path

from xdist.scheduler import LoadFileScheduling

TOGETHER: dict[str, tuple[str, ...]] = {
    "first": ("test_strategies.py", "test_deployment_alarms.py", "test_migrations.py"),
    "second": ("test_rollback.py", "test_database_password.py", "test_denied_deploys.py", "test_failure_classes.py"),
    "third": ("test_recovery.py", "test_interrupted_deploys.py", "test_stopped_cloud.py"),
}
"""Files of tests/acceptance/ that begin with the same prepared home, in groups that take about as long."""
OF_THE_TREE = sorted(path.name for path in Path(__file__).with_name("tree").glob("test_*.py"))
"""Files that parse all sources, each once in a worker."""
GROUP_OF = {f"tests/acceptance/{file}": group for group, files in TOGETHER.items() for file in files}
GROUP_OF |= {f"tests/tree/{file}": "tree" for file in OF_THE_TREE}


class ByFileOrGroup(LoadFileScheduling):
    """xdist's `--dist loadfile` with these groups."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return GROUP_OF.get(file, file)
