"""Sessions, and what `neptune-spark doctor` says, where a container permits little.

The user is not root and has no capability, the root file system is read-only, /proc has no process
of others, /dev/shm is small, and the PID namespace is the container's own.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from neptune_spark import find_jar
from neptune_spark._start.spark_install import find_spark
from tests.conftest import SPARK_LINE, RunProgram
from tests.containers.jail import jailed
from tests.integration.jobs import QUICK_EXECUTORS
from tests.integration.test_doctor import DOCTOR, statuses

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "suspending.py"
HAS_UNIX_SOCKETS = SPARK_LINE >= (4, 0)
SUBMIT = [sys.executable, "-m", "neptune_spark.cli", "submit"]
QUICK = ["--conf", "=".join(QUICK_EXECUTORS)]
NO_SPACE = "ro,mode=0555"


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A directory whose path is too long for a socket's."""
    path = tmp_path / ("long" * 24)
    path.mkdir()
    return path


@pytest.fixture(autouse=True)
def jar() -> None:
    """Made before there is no place to make it in."""
    find_jar()


def held_by(out: str) -> dict[str, Any]:
    """The application's own line."""
    (line,) = [line for line in out.splitlines() if line.endswith("}") and '{"held"' in line]
    found: dict[str, Any] = json.loads(line[line.index('{"held"') :])
    return found


def words_of(text: str, check: str) -> str:
    """What doctor says of one check, on one line."""
    found = re.search(rf"^\w+ +{check}  (.*?)(?=^\w)", text, re.M | re.S)
    assert found is not None, text
    return " ".join(found[1].split())


def test_a_long_path_is_all_that_can_be_written_to(run_program: RunProgram, long: Path) -> None:
    """No directory has room for a Unix socket, so it is a port; all else is as ever."""
    ran = run_program(
        [*jailed([long], shm=NO_SPACE), *SUBMIT, APP, "local[2]", long],
        cwd=long,
        env={
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(long),
            "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={long}",
        },
    )
    assert held_by(ran.stdout)["held"] == [3, ["bytecodes", "port"], ["C code", "port"]]
    assert ran.stderr.count("Neptune: Python workers connect to a port") == HAS_UNIX_SOCKETS
    assert ran.stderr.count("needs CAP_SYS_NICE, or ulimit -e 20") == 1


@pytest.mark.slow
@pytest.mark.beyond_ci
def test_an_executor_with_a_writable_tmp(run_program: RunProgram, long: Path) -> None:
    writable = [long, Path("/tmp"), find_spark().home]  # where local-cluster has its workers' files
    ran = run_program(
        [*jailed(writable), *SUBMIT, *QUICK, APP, "local-cluster[1,2,512]", long],
        cwd=long,
        env={"PYTHONPATH": str(ROOT)},
    )
    high, *low = held_by(ran.stdout)["held"]
    assert (high, [kind for kind, _ in low]) == (3, ["bytecodes", "C code"])
    (address,) = {address for _, address in low}
    assert address.startswith("/tmp/neptune-ctl-") if HAS_UNIX_SOCKETS else address == "port"
    assert not Path(address).exists()


def test_doctor_where_nothing_can_be_written_to(run_program: RunProgram) -> None:
    ran = run_program([*jailed(shm=NO_SPACE), *DOCTOR, "--quick"], cwd=Path("/"), check=False)
    found = statuses(ran.stdout)
    failed = [name for name, status in found.items() if status == "FAILED"]
    assert (ran.returncode, failed) == (1, ["local storage"]), ran.stdout + ran.stderr
    storage = words_of(ran.stdout, "local storage")
    for remedy in ("spark.local.dir", "-Djava.io.tmpdir=DIRECTORY", "export TMPDIR=DIRECTORY"):
        assert remedy in storage
    assert found["niceness"] == "note" and "CAP_SYS_NICE" in words_of(ran.stdout, "niceness")
    if HAS_UNIX_SOCKETS:
        assert found["sockets"] == "note"
        assert "/dev/shm: Read-only file system" in words_of(ran.stdout, "sockets")
        assert "Everything works without one" in words_of(ran.stdout, "sockets")


def test_doctor_with_the_proc_of_another_namespace(run_program: RunProgram) -> None:
    tmp = Path("/tmp")
    ran = run_program([*jailed([tmp], own_proc=False), *DOCTOR, "--quick"], cwd=tmp, check=False)
    assert ran.returncode == 1
    assert statuses(ran.stdout)["/proc"] == "FAILED"
    assert "`unshare --mount-proc`" in words_of(ran.stdout, "/proc")
