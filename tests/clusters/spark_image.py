"""A directory that stands for an image: the steps of examples/kubernetes are run in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from neptune_spark._start.spark_install import find_spark

CONTEXT = Path(__file__).parents[2] / "examples" / "kubernetes"
#: What would let the image's Python see this checkout.
_NOT_IN_IMAGE = ("PYTHONPATH", "PYSPARK_PYTHON", "VIRTUAL_ENV")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Image:
    """An image that has been built.

    `home` is its /opt/spark, `path` its PATH.
    """

    home: Path
    path: str

    @property
    def environment(self) -> dict[str, str]:
        """What makes a pod of the bed's use it."""
        return {"SPARK_HOME": str(self.home), "PATH": self.path, "PYSPARK_PYTHON": "python3"}

    def place(self, text: str) -> str:
        """A text with the image's own paths, as they are here."""
        return text.replace("/opt/spark", str(self.home))


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Each instruction's name and the rest of it."""
    code = "\n".join(line for line in dockerfile.splitlines() if not line.startswith("#"))
    found = [line.partition(" ") for line in code.replace("\\\n", "").splitlines() if line]
    return [(name, rest.strip()) for name, _, rest in found]


def built(directory: Path, wheel: Path) -> Image:
    """Builds the image, with a wheel beside the Dockerfile."""
    context = shutil.copytree(CONTEXT, directory / "context")
    shutil.copy(wheel, context)
    image = _base(directory)
    variables: dict[str, str] = {"SPARK_HOME": str(image.home)}
    work = directory

    def known(text: str) -> str:
        return _VARIABLE.sub(lambda found: variables[found[1]], text)

    for name, rest in instructions((context / "Dockerfile").read_text()):
        if name == "ARG":
            key, _, value = rest.partition("=")
            variables[key] = value
        elif name == "WORKDIR":
            work = Path(known(rest))
        elif name == "COPY":
            assert rest == ". ./"
            shutil.copytree(context, work, dirs_exist_ok=True)
        elif name == "RUN":
            kept = {k: v for k, v in os.environ.items() if k not in _NOT_IN_IMAGE}
            subprocess.run(
                ["/bin/sh", "-c", rest],
                cwd=work,
                env={**kept, **variables, "PATH": image.path},
                stdin=subprocess.DEVNULL,
                check=True,
            )
        else:
            assert name in ("FROM", "USER"), f"a step that can't be run here: {name} {rest}"
    return image


def _base(directory: Path) -> Image:
    """As Spark's image: a SPARK_HOME that has the only PySpark, and a Python with pip beside it."""
    home = directory / "spark"
    (home / "jars").mkdir(parents=True)
    (home / "work-dir").mkdir()
    spark = find_spark()
    for name in ("bin", "python"):
        (home / name).symlink_to(spark.home / name)
    for jar in spark.jars.iterdir():
        (home / "jars" / jar.name).symlink_to(jar)
    subprocess.run([sys.executable, "-m", "venv", directory / "python"], check=True)
    programs = [str(directory / "python" / "bin"), os.environ.get("PATH", os.defpath)]
    return Image(home, os.pathsep.join(programs))
