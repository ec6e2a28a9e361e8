"""An executor that can't run Python tasks gets none, until it can; jobs don't fail for it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[2]


def test_an_executor_comes_back_when_its_python_is_mended(
    run_program: RunProgram, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    # The first executor that checks its Python finds a problem, and goes on to do so.
    python.write_text(
        f"""#!/bin/sh
        case "$*" in *controller.check*)
            here=$(pwd -P)
            mkdir {tmp_path}/taken 2> /dev/null && echo "$here" > {tmp_path}/taken/by
            if [ ! -e {tmp_path}/mended ] && [ "$(cat {tmp_path}/taken/by)" = "$here" ]; then
                echo "no luck today" >&2; exit 1
            fi
        esac
        exec {sys.executable} "$@"
        """
    )
    python.chmod(0o755)
    ran = run_program(
        [sys.executable, APPS / "unfit.py", tmp_path],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYSPARK_PYTHON": str(python)},
    )
    seen = json.loads(ran.stdout.splitlines()[-1])
    unfit = Path((tmp_path / "taken" / "by").read_text().strip()).name
    everyone = seen["jvm"]
    assert len(everyone) == 2 and unfit in everyone
    assert seen["rdd"] == seen["udf"] == [name for name in everyone if name != unfit]
    assert seen["victims"] == seen["rdd"]
    assert seen["mended"] == everyone
    assert f"Executor {unfit} on" in ran.stderr and "no luck today" in ran.stderr
