"""A Maven repository with the jars of all Spark lines: `python -m dev.maven dist/maven`.

The artifacts are named as the ecosystem does, by Spark line and Scala version, and have the version
of neptune-spark: io.github.neptune-spark:neptune-spark-4.3_2.13:0.1.0. The jar of one is compiled
with the line's newest release. As every jar of ours, it says what it leans on, and starts on all
releases of the line in which that looks the same (LinkageRecord.scala).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import shutil
from pathlib import Path
from xml.sax.saxutils import escape

from dev.line_sparks import home
from neptune_spark import __version__, find_jar
from neptune_spark._start.lines import SparkLine, spark_lines
from neptune_spark._start.packages import artifact_id
from neptune_spark._start.spark_install import SparkInstall, find_spark

#: The group of all artifacts.
GROUP = "io.github.neptune-spark"

_POM = """\
<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0"
         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
         xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 https://maven.apache.org/xsd/maven-4.0.0.xsd">
  <modelVersion>4.0.0</modelVersion>
  <groupId>{group}</groupId>
  <artifactId>{artifact}</artifactId>
  <version>{version}</version>
  <packaging>jar</packaging>
  <name>neptune-spark for Spark {line}</name>
  <description>{summary}. For the releases of Spark {line}, compiled with {newest}. Needs the Python
    package neptune-spark of the same version where tasks run Python.</description>
  <licenses>
    <license>
      <name>Apache-2.0</name>
      <url>https://www.apache.org/licenses/LICENSE-2.0.txt</url>
    </license>
  </licenses>
  <dependencies>
    <dependency>
      <groupId>org.apache.spark</groupId>
      <artifactId>spark-sql_{scala}</artifactId>
      <version>{newest}</version>
      <scope>provided</scope>
    </dependency>
  </dependencies>
</project>
"""

_METADATA = """\
<?xml version="1.0" encoding="UTF-8"?>
<metadata>
  <groupId>{group}</groupId>
  <artifactId>{artifact}</artifactId>
  <versioning>
    <latest>{version}</latest>
    <release>{version}</release>
    <versions>
{versions}
    </versions>
  </versioning>
</metadata>
"""


def coordinate(line: SparkLine) -> str:
    """Return what `--packages` has to name for a line."""
    return f"{GROUP}:{artifact_id(line.name, line.scala)}:{__version__}"


def lay(repository: Path, line: SparkLine, spark: SparkInstall) -> Path:
    """Put the artifact of a line into a repository, and return its jar.

    Parameters
    ----------
    repository : Path
        The root of the repository; made if need be.
    line : SparkLine
        The line.
    spark : SparkInstall
        Its newest release.
    """
    artifact = artifact_id(line.name, line.scala)
    place = repository.joinpath(*GROUP.split("."), artifact)
    (place / __version__).mkdir(parents=True, exist_ok=True)
    base = place / __version__ / f"{artifact}-{__version__}"
    jar = base.with_name(f"{base.name}.jar")
    shutil.copyfile(find_jar(spark.home), jar)
    facts = {
        "group": GROUP,
        "artifact": artifact,
        "version": __version__,
        "line": line.name,
        "scala": line.scala,
        "newest": line.newest,
        "summary": escape(importlib.metadata.metadata("neptune-spark")["Summary"]),
    }
    pom = base.with_name(f"{base.name}.pom")
    pom.write_text(_POM.format(**facts), encoding="utf-8")
    there = sorted(d.name for d in place.iterdir() if d.is_dir())
    versions = "\n".join(f"      <version>{escape(version)}</version>" for version in there)
    metadata = place / "maven-metadata.xml"
    metadata.write_text(_METADATA.format(**facts, versions=versions), encoding="utf-8")
    for file in (jar, pom, metadata):
        for name in ("sha1", "md5"):
            digest = hashlib.new(name, file.read_bytes(), usedforsecurity=False).hexdigest()
            file.with_name(f"{file.name}.{name}").write_text(digest, encoding="utf-8")
    return jar


def main() -> None:
    """Lay the repository and print the coordinates."""
    parser = argparse.ArgumentParser(prog="python -m dev.maven", description=__doc__)
    parser.add_argument("repository", metavar="DIR", type=Path, help="root of the repository")
    repository = parser.parse_args().repository
    for line in spark_lines().values():
        lay(repository, line, find_spark(home(line)))
        print(coordinate(line))


if __name__ == "__main__":
    main()
