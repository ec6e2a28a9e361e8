"""The jar as a Maven artifact, taken by Spark's own --packages from a repository in a folder."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dev.maven import GROUP, coordinate, lay
from neptune_spark import __version__, find_jar
from neptune_spark._start.lines import SparkLine, spark_lines
from neptune_spark._start.packages import artifact_id
from neptune_spark._start.shim import BUILD_PROPERTIES
from neptune_spark._start.spark_install import find_spark
from tests.conftest import RunProgram
from tests.integration.jobs import QUICK_EXECUTORS
from tests.packaging.conftest import ROOT, CleanEnvironment

pytestmark = pytest.mark.slow

PLUGIN = "org.apache.spark.neptune.NeptunePlugin"
POM = {"m": "http://maven.apache.org/POM/4.0.0"}

#: No resolver but those of --repositories: nothing is asked for elsewhere.
NOWHERE = """\
<ivysettings>
  <settings defaultResolver="none"/>
  <resolvers><chain name="none"/></resolvers>
</ivysettings>
"""

#: Says which jars of ours there are, in the driver and in an executor, and whether it works.
REPORT = """\
import json
code = spark._jsc.sc().taskScheduler().getClass().getProtectionDomain().getCodeSource()
executor = spark.range(1).selectExpr("reflect('java.lang.System', 'getProperty', 'user.dir')")
work = executor.first()[0]
neptune = neptune_spark.scheduler(spark)
with neptune_spark.priority("high"):
    total = spark.sparkContext.parallelize(range(10), 2).map(lambda x: x + 1).sum()
print(json.dumps({
    "sum": total,
    "policy": neptune.policy,
    "driver": code.getLocation().getPath(),
    "executor": [f.name for f in pathlib.Path(work).glob("*.jar")],
    "jars": spark.sparkContext.getConf().get("spark.jars").split(","),
}))
spark.stop()
"""


@pytest.fixture(scope="module")
def line() -> SparkLine:
    return spark_lines()[find_spark().line]


@pytest.fixture(scope="module")
def repository(line: SparkLine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make artifacts` lays, of the Spark under test."""
    root = tmp_path_factory.mktemp("maven")
    lay(root, line, find_spark())
    return root


@pytest.fixture
def settings(repository: Path, line: SparkLine, tmp_path: Path) -> dict[str, str]:
    """What has Spark take the artifact, offline, by way of an Ivy directory of its own."""
    nowhere = tmp_path / "ivysettings.xml"
    nowhere.write_text(NOWHERE)
    return {
        "spark.jars.packages": coordinate(line),
        "spark.jars.repositories": repository.as_uri(),
        "spark.jars.ivy": str(tmp_path / "ivy"),
        "spark.jars.ivySettings": str(nowhere),
        "spark.ui.enabled": "false",
        **dict([QUICK_EXECUTORS]),
    }


@pytest.fixture
def environment(installed: CleanEnvironment, tmp_path: Path) -> dict[str, str]:
    """The Python side is installed; there is no jar but the artifact's, and none is built."""
    return {
        **installed.environment,
        "XDG_CACHE_HOME": str(tmp_path / "no-cache"),
        "PYSPARK_PYTHON": str(installed.python),
    }


def _expected(said: str, line: SparkLine, tmp_path: Path) -> None:
    seen = json.loads(said)
    name = f"{GROUP}_{artifact_id(line.name, line.scala)}-{__version__}.jar"
    assert (seen["sum"], seen["policy"]) == (55, "lma")
    assert Path(seen["driver"]).name == name
    assert [Path(jar).name for jar in seen["jars"]] == [name]
    assert seen["executor"] == [name]
    assert not (tmp_path / "no-cache").exists(), "a second jar was built"


def _submit(installed: CleanEnvironment, words: Sequence[str | Path]) -> list[str | Path]:
    submit = installed.package.parent / "pyspark" / "bin" / "spark-submit"
    return [submit, "--master", "local-cluster[1,2,1024]", *words]


def test_spark_submit_takes_the_package(
    installed: CleanEnvironment,
    settings: dict[str, str],
    environment: dict[str, str],
    line: SparkLine,
    run_program: RunProgram,
    tmp_path: Path,
) -> None:
    app = tmp_path / "app.py"
    app.write_text(
        "import pathlib, neptune_spark\n"
        "from pyspark.sql import SparkSession\n"
        "spark = neptune_spark.configure(SparkSession.builder).getOrCreate()\n" + REPORT
    )
    packages = ("--packages", settings.pop("spark.jars.packages"))
    repositories = ("--repositories", settings.pop("spark.jars.repositories"))
    settings["spark.plugins"] = PLUGIN
    conf = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
    words = _submit(installed, [*packages, *repositories, *conf, app])
    ran = run_program(words, cwd=tmp_path, env=environment)
    _expected(ran.stdout.splitlines()[-1], line, tmp_path)


def test_a_script_names_the_package(
    installed: CleanEnvironment,
    settings: dict[str, str],
    environment: dict[str, str],
    line: SparkLine,
    run_program: RunProgram,
    tmp_path: Path,
) -> None:
    app = tmp_path / "app.py"
    app.write_text(
        "import pathlib, neptune_spark\n"
        "from pyspark.sql import SparkSession\n"
        "builder = SparkSession.builder.master('local-cluster[1,2,1024]')\n"
        f"for key, value in {settings!r}.items():\n"
        "    builder.config(key, value)\n"
        "spark = neptune_spark.configure(builder).getOrCreate()\n" + REPORT
    )
    ran = run_program([installed.python, app], cwd=tmp_path, env=environment)
    _expected(ran.stdout.splitlines()[-1], line, tmp_path)


def test_workers_of_another_version_are_named(
    installed: CleanEnvironment, run_program: RunProgram, tmp_path: Path
) -> None:
    """The application knows nothing of Neptune; the workers' package is not that of the jar."""
    app = tmp_path / "app.py"
    app.write_text(
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "print('jvm', spark.range(10).count())\n"
        "spark.sparkContext.parallelize(range(10), 2).map(lambda x: x + 1).sum()\n"
    )
    jar = _of_another_version(tmp_path)
    settings = ["--conf", f"spark.plugins={PLUGIN}", "--conf", "=".join(QUICK_EXECUTORS)]
    words = _submit(installed, [*settings, "--jars", jar, app])
    environment = {**installed.environment, "PYSPARK_PYTHON": str(installed.python)}
    ran = run_program(words, cwd=tmp_path, env=environment, check=False)
    assert ran.returncode != 0
    assert "jvm 10" in ran.stdout
    said = f"has neptune-spark {__version__}, but the Neptune jar belongs to 99.1; install that"
    assert said in ran.stdout + ran.stderr


def _of_another_version(tmp_path: Path) -> Path:
    jar = tmp_path / "neptune-spark-99.1.jar"
    with zipfile.ZipFile(find_jar()) as ours, zipfile.ZipFile(jar, "w") as other:
        for entry in ours.namelist():
            content = ours.read(entry)
            if entry == BUILD_PROPERTIES:
                content = content.replace(f"\nversion={__version__}".encode(), b"\nversion=99.1")
            other.writestr(entry, content)
    return jar


def test_the_repository_is_as_resolvers_expect(repository: Path, line: SparkLine) -> None:
    artifact = artifact_id(line.name, line.scala)
    place = repository.joinpath(*GROUP.split("."), artifact)
    base = f"{artifact}-{__version__}"
    files = [f"{__version__}/{base}.jar", f"{__version__}/{base}.pom", "maven-metadata.xml"]
    sums = [f"{file}.{kind}" for file in files for kind in ("md5", "sha1")]
    there = {f.relative_to(place).as_posix() for f in place.rglob("*") if f.is_file()}
    assert there == {*files, *sums}
    for name in sums:
        file, _, kind = name.rpartition(".")
        digest = hashlib.new(kind, (place / file).read_bytes()).hexdigest()
        assert (place / name).read_text() == digest
    pom = ElementTree.parse(place / files[1]).getroot()
    found = [pom.findtext(f"m:{key}", None, POM) for key in ("groupId", "artifactId", "version")]
    assert ":".join(map(str, found)) == coordinate(line)
    assert pom.findtext("m:licenses/m:license/m:name", None, POM) == "Apache-2.0"
    assert f"Spark {line.name}" in str(pom.findtext("m:description", None, POM))
    scopes = [d.findtext("m:scope", None, POM) for d in pom.iterfind(".//m:dependency", POM)]
    assert scopes == ["provided"]
    metadata = ElementTree.parse(place / "maven-metadata.xml")
    assert [v.text for v in metadata.iterfind(".//version")] == [__version__]


def test_equal_sources_make_equal_artifacts(
    repository: Path, line: SparkLine, tmp_path: Path
) -> None:
    lay(tmp_path, line, find_spark())
    files = [f.relative_to(repository) for f in repository.rglob("*") if f.is_file()]
    assert len(files) == 9
    for file in files:
        assert (tmp_path / file).read_bytes() == (repository / file).read_bytes(), file


def test_the_readme_names_an_artifact_that_there_is() -> None:
    names = {f"{GROUP}:{artifact_id(each.name, each.scala)}:" for each in spark_lines().values()}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert any(name in text for name in names)
