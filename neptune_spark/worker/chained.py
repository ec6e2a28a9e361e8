"""Starts our daemon or worker beside a module of the user's, whose name is in that of a submodule.

Spark starts `python -m MODULE`, and the environment of that can't be added to in all its modes. So
the executor names `neptune_spark.worker.chained.daemon:my:module`, of which this package makes
`neptune_spark.worker.daemon` with `NEPTUNE_PYTHON_DAEMON_MODULE=my.module` in the environment, and
of `main:` the same with `NEPTUNE_PYTHON_WORKER_MODULE`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import CodeType, ModuleType

_VARIABLES = {
    "daemon": "NEPTUNE_PYTHON_DAEMON_MODULE",
    "main": "NEPTUNE_PYTHON_WORKER_MODULE",
}

# A process that multiprocessing spawns in a task runs the module again, by another name.
_PROGRAM = """
if __name__ == "__main__":
    import os, runpy
    os.environ[{variable!r}] = {module!r}
    runpy.run_module("neptune_spark.worker.{ours}", run_name="__main__", alter_sys=True)
"""

__path__: list[str] = []  # makes this a package


class _Chained:
    """Finds and loads such submodules."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        if package != __name__ or name.partition(":")[0] not in _VARIABLES:
            return None
        ours = find_spec(f"neptune_spark.worker.{name.partition(':')[0]}")
        assert ours is not None
        return ModuleSpec(fullname, _Chained(), origin=ours.origin)  # type: ignore[arg-type]  # all of it that -m needs

    def get_code(self, fullname: str) -> CodeType:
        ours, _, module = fullname.rpartition(".")[2].partition(":")
        program = _PROGRAM.format(
            variable=_VARIABLES[ours], module=module.replace(":", "."), ours=ours
        )
        return compile(program, f"<{fullname}>", "exec")


sys.meta_path.insert(0, _Chained)
