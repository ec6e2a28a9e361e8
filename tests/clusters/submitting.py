"""Applications as users submit them to a bed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

APPS = Path(__file__).parent / "apps"
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
    app: str, *words: str | Path, settings: Mapping[str, str] | None = None, cluster: bool = False
) -> list[str]:
    """The words that submit one of `apps`."""
    path = APPS / app
    mode = ["--deploy-mode=cluster"] if cluster else []
    conf = [f"--conf={k}={v}" for k, v in {**_QUICK, **(settings or {})}.items()]
    program = str(Path(sys.executable).with_name("spark-submit"))
    # On Kubernetes a plain path in cluster mode means a file to upload.
    url = f"local://{path}" if cluster else str(path)
    return [program, *mode, *conf, url, *map(str, words)]
