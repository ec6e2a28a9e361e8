"""Starts our daemon or worker beside a module of the user's, whose name is in that of a submodule.

Spark starts `python -m MODULE`, and the environment of that can't be added to in all its modes. So
the executor names `neptune_spark.worker.chained.daemon:my:module`: that is the code of
`neptune_spark.worker.daemon`, with `my.module` in the environment, where it looks for it. The same
goes for `main:`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import CodeType, ModuleType

from neptune_spark.worker.users_module import VARIABLES

_PACKAGE = "neptune_spark.worker"

__path__: list[str] = []  # makes this a package


class _Chained:
    """Finds such submodules, and gives their code."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        ours, colon, _ = name.partition(":")
        if package != __name__ or not colon or ours not in VARIABLES:
            return None
        spec = find_spec(f"{_PACKAGE}.{ours}")
        assert spec is not None
        return ModuleSpec(fullname, _Chained(), origin=spec.origin)  # type: ignore[arg-type]  # all of it that -m needs

    def get_code(self, fullname: str) -> CodeType | None:
        ours, _, theirs = fullname.rpartition(".")[2].partition(":")
        os.environ[VARIABLES[ours]] = theirs.replace(":", ".")
        spec = find_spec(f"{_PACKAGE}.{ours}")
        assert spec is not None and spec.loader is not None
        # Its own code, not a call of it: a task may recurse as deep as in a worker of Spark's.
        code: CodeType | None = spec.loader.get_code(spec.name)  # type: ignore[attr-defined]  # all that load source have it
        return code


sys.meta_path.insert(0, _Chained)
