"""How the session is started, what is made of what it says, and that it never stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from neptune_spark._doctor import submission
from tests.unit.doctor.conftest import ALL_WELL, Examine, Found, submit_saying

PLUGIN = "org.apache.spark.neptune.NeptunePlugin"


def words_of(spark: Path) -> list[str]:
    return (spark / "words").read_text().splitlines()


def test_the_users_options_come_first_and_ours_after(
    examine: Examine, spark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYSPARK_DRIVER_PYTHON", "jupyter")
    (spark / "conf" / "spark-defaults.conf").write_text("spark.plugins my.Plugin\n")
    mine = ["--conf", "spark.neptune.preemption=none", "--conf", "spark.cores.max=8"]
    code, report = examine("--master", "local[4]", *mine, "--conf", f"spark.jars={spark}/my.jar")
    assert code == 0
    words = words_of(spark)
    conf = dict(words[i + 1].split("=", 1) for i, w in enumerate(words) if w == "--conf")
    assert words[:4] == mine
    assert conf["spark.neptune.preemption"] == "suspend"
    assert conf["spark.cores.max"] == "1"
    assert conf["spark.plugins"] == f"my.Plugin,{PLUGIN}"
    assert conf["spark.pyspark.python"] == conf["spark.pyspark.driver.python"] == sys.executable
    assert "local[4]" in words and words[-1].endswith("application.py")
    # The last master counts.
    assert [words[i + 1] for i, w in enumerate(words) if w == "--master"] == [
        "local[4]",
        "local[1]",
    ]
    jar = report["jar"][1].split()[0]
    assert [words[i + 1] for i, w in enumerate(words) if w == "--jars"] == [f"{spark}/my.jar,{jar}"]


LOG = """\
26/11/26 07:00:00 WARN ControlServer: Neptune: Python tasks can't be suspended here
Exception in thread "main" org.apache.spark.SparkException: outer
\tat org.apache.spark.Some.method(Some.scala:1)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)
"""


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (LOG, "Neptune: Python tasks can't be suspended here"),
        (
            "".join(LOG.splitlines(keepends=True)[1:]),
            "java.net.ConnectException: Connection refused",
        ),
        ("Error: Failed to load class x.\n", "Failed to load class x."),
        ("py4j.protocol.Py4JError: what\n", "py4j.protocol.Py4JError: what"),
        ("bash: something\n", "bash: something"),
    ],
)
def test_a_session_that_does_not_start(
    examine: Examine,
    spark: Path,
    log: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    submit_saying(spark, [], then=f"sys.stderr.write({log!r}); sys.exit(3)")
    code, report = examine()
    assert code == 1
    status, text = report["session"]
    assert status == "FAILED"
    assert text.startswith(f"spark-submit ended with exit code 3: {said} ")
    assert "Some.scala" not in text
    (kept,) = tmp_path.glob("neptune-doctor-*.log")
    assert text.endswith(f"log is {kept}.")
    assert kept.read_text() == f"the log\n{log}"
    assert report["JVM task"] == ("skipped", "(needs session)")


def test_a_session_that_says_what_is_wrong(found: Found, spark: Path) -> None:
    submit_saying(spark, [{"name": "session", "passed": False, "text": "no executor"}])
    status, text = found("session")
    assert (status, text.startswith("no executor ")) == ("FAILED", True)


def test_a_user_without_a_name(found: Found, spark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_none(_: int) -> None:
        raise KeyError("uid not found")

    monkeypatch.setattr("pwd.getpwuid", find_none)
    submit_saying(spark, [{"name": "session", "passed": False, "text": "?/.ivy2"}])
    status, text = found("session")
    assert (status, "has no entry in /etc/passwd" in text) == ("FAILED", True)


def test_one_that_ends_half_way(examine: Examine, spark: Path) -> None:
    submit_saying(spark, ALL_WELL[:2])
    _, report = examine()
    assert report["JVM task"][0] == "ok"
    assert report["Python task"][0] == "FAILED"
    assert "the session ended" in report["Python task"][1]


def test_one_that_takes_too_long_is_ended(
    found: Found, spark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "LIMIT_S", 0.5)
    monkeypatch.setattr(submission, "END_LIMIT_S", 0.5)
    # Deaf, too.
    submit_saying(spark, [], then="signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)")
    assert found("session")[0] == "FAILED"


def test_only_the_end_of_a_log_is_told(found: Found, spark: Path) -> None:
    submit_saying(spark, [], then="sys.stderr.write('x' * 10_000); sys.exit(1)")
    assert len(found("session")[1]) < 800


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_ends_the_command_ends_the_session(
    spark: Path, number: signal.Signals, tmp_path: Path
) -> None:
    # A child of the fake's own, which its end does not end.
    started = tmp_path / "started"
    os.mkfifo(started)
    child = "import time; time.sleep(600)"
    submit_saying(
        spark,
        [],
        then=f"import subprocess; c = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        f"open({str(started)!r}, 'w').write(f'{{os.getpid()}} {{c.pid}}')\ntime.sleep(600)",
    )
    with subprocess.Popen(
        [sys.executable, "-m", "neptune_spark.cli", "doctor"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as command:
        processes = [psutil.Process(int(pid)) for pid in started.read_text().split()]
        command.send_signal(number)
        out, err = command.communicate(timeout=60)
    assert not psutil.wait_procs(processes, timeout=60)[1]
    assert command.returncode == 128 + number
    assert "Traceback" not in out + err
