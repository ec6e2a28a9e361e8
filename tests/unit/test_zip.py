"""The package works from a zip, as `spark-submit --py-files` sends it to the containers of YARN."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import neptune_spark

#: What a driver and an executor import of it.
PROGRAM = """
import neptune_spark
import neptune_spark.controller.check
import neptune_spark.controller.main
import neptune_spark.worker.daemon
from neptune_spark._settings import SETTINGS

print(neptune_spark.__file__, len(SETTINGS))
try:
    neptune_spark.find_jar()
except neptune_spark.ShimError as error:
    print(error)
"""


def test_the_package_works_from_a_zip(tmp_path: Path) -> None:
    zipped = tmp_path / "neptune_spark.zip"
    package = Path(neptune_spark.__file__).parent
    subprocess.run([sys.executable, "-m", "zipfile", "-c", zipped, package], check=True)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(zipped)},
        capture_output=True,
        text=True,
        check=True,
    )
    place, no_jar = ran.stdout.splitlines()
    file, settings = place.split()
    assert file == str(zipped / "neptune_spark" / "__init__.py")
    assert int(settings) > 10
    assert "has no Scala sources" in no_jar
