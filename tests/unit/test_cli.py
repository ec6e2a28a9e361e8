from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pyspark
import pytest

from neptune_spark import __version__, cli
from neptune_spark._settings import reference_page
from neptune_spark.cli import _bench, _benchmarks, _jar, _submit
from tests.fake_spark import make_java, make_spark

PLUGIN = "org.apache.spark.neptune.NeptunePlugin"
Capture = pytest.CaptureFixture[str]
OF_BENCHMARKS = pytest.mark.skipif(
    sys.version_info < (3, 10), reason="the benchmarks are written in Python 3.10"
)


@pytest.fixture
def spark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = make_spark(tmp_path / "spark", pyspark.__version__)
    monkeypatch.setenv("SPARK_HOME", str(home))
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "java")))
    return home


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The jar that the commands find."""
    built = tmp_path / "cache" / "built.jar"
    built.parent.mkdir()
    built.write_bytes(b"the jar")
    for module in (_jar, _submit):
        monkeypatch.setattr(module, "find_jar", lambda _=None: built)
    return built


def test_version(capsys: Capture) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"neptune-spark {__version__}\n"


@pytest.mark.parametrize("words", [["-h"], ["--help"]])
def test_help_lists_every_command(words: list[str], capsys: Capture) -> None:
    assert cli.main(words) == 0
    out = capsys.readouterr().out
    for command in ("jar", "submit", "demo", "bench", "doctor", "top", "report", "settings"):
        assert f"\n  {command} " in out


def test_wrong_usage(capsys: Capture) -> None:
    assert cli.main([]) == 2
    assert cli.main(["fly"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "there is no command 'fly'" in said.err


def test_settings_prints_the_page(capsys: Capture) -> None:
    assert cli.main(["settings"]) == 0
    assert capsys.readouterr().out == reference_page()


def test_jar_prints_the_path_only(built: Path, capsys: Capture) -> None:
    assert cli.main(["jar"]) == 0
    assert capsys.readouterr() == (f"{built}\n", "")


def test_jar_is_built_for_the_very_spark(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    made = {None: tmp_path / "usual.jar", "/opt/spark": tmp_path / "vendors.jar"}
    monkeypatch.setattr(_jar, "build_jar", made.__getitem__)
    assert cli.main(["jar", "--build"]) == 0
    assert cli.main(["jar", "--spark-home", "/opt/spark", "--build"]) == 0
    assert capsys.readouterr() == (f"{made[None]}\n{made['/opt/spark']}\n", "")


def test_jar_copies(built: Path, tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "new" / "neptune.jar"
    assert cli.main(["jar", "-o", str(target)]) == 0
    assert cli.main(["jar", "--output", str(target.parent)]) == 0
    assert capsys.readouterr().out == f"{target}\n{target.parent / 'built.jar'}\n"
    assert sorted(f.name for f in target.parent.iterdir()) == ["built.jar", "neptune.jar"]
    assert target.read_bytes() == b"the jar"
    made = target.parent / "jars"
    assert cli.main(["jar", "-o", f"{made}/"]) == 0
    assert capsys.readouterr().out == f"{made / 'built.jar'}\n"


def test_jar_that_cannot_be_copied(built: Path, capsys: Capture) -> None:
    assert cli.main(["jar", "-o", str(built / "under-a-file.jar")]) == 1
    assert "neptune-spark jar: the jar cannot be written to" in capsys.readouterr().err


def test_errors_are_one_line(spark: Path, tmp_path: Path, capsys: Capture) -> None:
    assert cli.main(["jar", "--spark-home", str(make_spark(tmp_path / "old", "3.4.1"))]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("neptune-spark jar: Spark 3.4.1 in ")
    assert said.err.count("\n") == 1


class Executed(Exception):
    """In the place of the program that execve() would become."""


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    call: dict[str, object] = {}

    def execve(program: Path, words: list[str], environment: dict[str, str]) -> None:
        call.update(program=program, words=words, environment=environment)
        raise Executed

    monkeypatch.setattr(os, "execve", execve)
    return call


def submitted(call: dict[str, object], line: str) -> tuple[list[str], dict[str, str]]:
    with pytest.raises(Executed):
        cli.main(["submit", *line.split()])
    words, environment = call["words"], call["environment"]
    assert isinstance(words, list)
    assert isinstance(environment, dict)
    return words, environment


def test_submit_becomes_spark_submit(
    spark: Path, built: Path, executed: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYSPARK_PYTHON")
    words, environment = submitted(executed, "--master local[2] app.py --flag")
    submit_program = str(spark / "bin" / "spark-submit")
    plugin = ["--conf", f"spark.plugins={PLUGIN}"]
    neptune = [*plugin, "--jars", str(built)]
    assert words == [submit_program, "--master", "local[2]", *neptune, "app.py", "--flag"]
    assert environment["PYSPARK_PYTHON"] == sys.executable
    assert "PYSPARK_PYTHON" not in os.environ


def test_submit_leaves_the_users_python(
    spark: Path, built: Path, executed: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert submitted(executed, "app.py")[1]["PYSPARK_PYTHON"] == os.environ["PYSPARK_PYTHON"]
    monkeypatch.delenv("PYSPARK_PYTHON")
    for line in ("--conf spark.pyspark.python=/p app.py", "--deploy-mode cluster app.py"):
        assert "PYSPARK_PYTHON" not in submitted(executed, line)[1]


def test_submit_does_not_name_a_python_that_is_too_old(
    spark: Path,
    built: Path,
    executed: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 7, 1))
    submitted(executed, "app.py")
    monkeypatch.delenv("PYSPARK_PYTHON")
    assert cli.main(["submit", "app.py"]) == 1
    assert f"{sys.executable} is Python 3.7: use a newer Python" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["", "--help", "--version", "--status x"])
def test_submit_without_application_is_passed_on(
    spark: Path, executed: dict[str, object], line: str
) -> None:
    assert submitted(executed, line)[0][1:] == line.split()


def test_submit_refuses_connect(
    spark: Path, built: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    assert cli.main(["submit", "--remote", "sc://h", "app.py"]) == 1
    monkeypatch.setenv("SPARK_REMOTE", "sc://h")
    assert cli.main(["submit", "app.py"]) == 1
    assert capsys.readouterr().err.count("from a Spark Connect client") == 2


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("spark.neptune.polcy=lb", "did you mean 'spark.neptune.policy'?"),
        ("spark.neptune.policy=best", "spark.neptune.policy cannot be 'best': give one of 'lma', "),
        ("spark.neptune.priority=low", "is set per job, not for the application"),
    ],
)
def test_submit_checks_the_settings_itself(
    setting: str, said: str, spark: Path, built: Path, capsys: Capture
) -> None:
    assert cli.main(["submit", "--conf", setting, "app.py"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("neptune-spark submit: ") and said in error
    assert error.count("\n") == 1


def test_submit_does_not_let_spark_upload_the_jar_to_nowhere(
    spark: Path, built: Path, executed: dict[str, object], capsys: Capture
) -> None:
    clustered = "--master k8s://h --deploy-mode cluster"
    assert cli.main(["submit", *clustered.split(), "local:///app.py"]) == 1
    error = capsys.readouterr().err
    assert "set spark.kubernetes.file.upload.path" in error and "use spark-submit with" in error
    path = "--conf spark.kubernetes.file.upload.path=/shared"
    assert str(built) in " ".join(submitted(executed, f"{clustered} {path} local:///app.py")[0])
    assert submitted(executed, "--master yarn --deploy-mode cluster app.py")


def test_submit_without_spark_submit(spark: Path, capsys: Capture) -> None:
    (spark / "bin" / "spark-submit").unlink()
    assert cli.main(["submit", "app.py"]) == 1
    assert "spark-submit is not an executable" in capsys.readouterr().err


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Benchmarks that say how they were called, in the place of the real ones."""
    package = f"of_{tmp_path.name}"
    for name in ("demo", "mechanism"):
        file = tmp_path / package / name / "__main__.py"
        file.parent.mkdir(parents=True)
        file.write_text(f"def main(words):\n    print('{name} with', words)\n    return 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(_benchmarks, "_PACKAGE", package)
    monkeypatch.setattr(_benchmarks, "_NEEDED", ())


@OF_BENCHMARKS
@pytest.mark.parametrize("command", [["demo"], ["bench", "mechanism"]])
@pytest.mark.usefixtures("programs")
def test_benchmarks_get_all_words(command: list[str], capsys: Capture) -> None:
    assert cli.main([*command, "--scale", "1", "x"]) == 7
    assert capsys.readouterr().out == f"{command[-1]} with ['--scale', '1', 'x']\n"


@OF_BENCHMARKS
@pytest.mark.parametrize("name", ["demo", *_bench.BENCHMARKS])
def test_every_benchmark_is_a_program(name: str) -> None:
    assert find_spec(f"neptune_bench.{name}.__main__") is not None


@OF_BENCHMARKS
def test_the_program_alone_is_the_same(tmp_path: Path, capsys: Capture) -> None:
    """Without a path of ours: it is found where packages are installed."""
    pytest.importorskip("matplotlib")
    with pytest.raises(SystemExit):
        cli.main(["bench", "scale", "--help"])
    said = capsys.readouterr().out
    assert said.startswith("usage: neptune-spark bench scale ")
    command = [sys.executable, "-m", "neptune_bench.scale", "--help"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    assert subprocess.check_output(command, cwd=tmp_path, env=environment, text=True) == said


@OF_BENCHMARKS
@pytest.mark.parametrize("command", [["demo"], ["bench", "mechanism"]])
def test_benchmarks_name_what_is_missing(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(_benchmarks, "_NEEDED", ("json", "no_such_module"))
    assert cli.main(command) == 1
    assert (
        f"{command[-1]} needs no_such_module: install what it needs with" in capsys.readouterr().err
    )


def test_benchmarks_need_a_newer_python_than_the_package(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(_benchmarks, "_OLDEST_PYTHON", (4, 1))
    monkeypatch.setattr(sys, "version_info", (4, 0, 3))
    assert cli.main(["demo"]) == 1
    said = capsys.readouterr().err
    assert f"demo needs Python 4.1 or later, and {sys.executable} is Python 4.0: " in said


@OF_BENCHMARKS
def test_a_benchmark_may_need_more_than_others(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(_benchmarks, "_NEEDED", ("json",))
    tpch = _bench.BENCHMARKS["tpch"]._replace(needs=("no_such_module",))
    monkeypatch.setitem(_bench.BENCHMARKS, "tpch", tpch)
    assert cli.main(["bench", "tpch"]) == 1
    said = capsys.readouterr().err
    assert "tpch needs no_such_module: " in said and "'neptune-spark[bench]'" in said


@pytest.mark.parametrize("words, problem", [([], "name a"), (["x"], "there is no benchmark 'x'")])
def test_bench_wants_a_benchmark(words: list[str], problem: str, capsys: Capture) -> None:
    assert cli.main(["bench", *words]) == 2
    said = capsys.readouterr()
    assert (said.out, problem in said.err) == ("", True)


def test_bench_lists_the_benchmarks(capsys: Capture) -> None:
    assert cli.main(["bench", "--help"]) == 0
    assert "\n  mechanism " in capsys.readouterr().out


@OF_BENCHMARKS
def test_the_package_may_have_come_without_its_benchmarks(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """As `spark-submit --py-files` sends it."""
    monkeypatch.setattr(_benchmarks, "_NEEDED", ())
    monkeypatch.setattr(_benchmarks, "_PACKAGE", "no_such_package")
    assert cli.main(["demo"]) == 1
    assert "demo needs no_such_package: install " in capsys.readouterr().err
