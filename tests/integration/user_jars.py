"""Jars of Java classes that users bring."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

from neptune_spark._start.spark_install import find_java, find_spark

#: Somebody else's cluster managers, for `make_jar`.
MANAGERS = Path(__file__).parent / "apps" / "Managers.java"
MANAGER_SERVICES = {
    "org.apache.spark.scheduler.ExternalClusterManager": [
        "others.Managers$Plain",
        "others.Managers$Special",
    ]
}


def make_jar(
    jar: Path, sources: Sequence[Path], services: dict[str, list[str]] | None = None
) -> Path:
    """Compiles sources into a jar, which says which classes provide which services."""
    classes = jar.with_suffix(".classes")
    javac = Path(find_java(find_spark())).resolve().with_name("javac")
    subprocess.run([javac, "-d", classes, "-cp", f"{find_spark().jars}/*", *sources], check=True)
    with zipfile.ZipFile(jar, "w") as archive:
        for file in classes.rglob("*.class"):
            archive.write(file, file.relative_to(classes))
        for service, names in (services or {}).items():
            archive.writestr(f"META-INF/services/{service}", "\n".join(names))
    return jar
