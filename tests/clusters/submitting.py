"""Applications as users submit them to a bed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

#: An application for all tests.
ADDING = str(Path(__file__).parent / "apps" / "adding.py")
#: What makes JVMs of executors and masters start sooner, as conftest.py does for drivers.
_QUICK_JVM = os.environ.get("SPARK_SUBMIT_OPTS", "")
_QUICK = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.executor.extraJavaOptions": _QUICK_JVM,
    "spark.yarn.am.extraJavaOptions": _QUICK_JVM,
    "spark.yarn.scheduler.heartbeat.interval-ms": "300",
    "spark.kubernetes.allocation.batch.delay": "200ms",
}


def submission(
    app: str,
    *words: str | Path,
    settings: Mapping[str, str] | None = None,
    mode: str = "client",
    options: Sequence[str | Path] = (),
) -> list[str]:
    """The words that submit an application."""
    # Here the driver has it from the environment.
    own = {"spark.driver.extraJavaOptions": _QUICK_JVM} if mode == "cluster" else {}
    conf = [f"--conf={k}={v}" for k, v in {**_QUICK, **own, **(settings or {})}.items()]
    program = str(Path(sys.executable).with_name("spark-submit"))
    return [program, f"--deploy-mode={mode}", *conf, *map(str, options), app, *map(str, words)]
