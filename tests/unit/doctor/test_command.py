"""The command as a whole, on fakes: one line for each check, and an exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from neptune_spark import cli
from neptune_spark.cli._doctor import CHECKS
from tests.fake_spark import compilations
from tests.unit.doctor.conftest import ALL_WELL, Examine, submit_saying

NAMES = [check.name for check in CHECKS]


def test_all_is_well(examine: Examine, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = examine()
    assert list(report) == NAMES
    # Whether niceness may be changed is the machine's affair.
    statuses = {name: status for name, (status, _) in report.items() if name != "niceness"}
    # The PySpark of these tests need not be the fake Spark's.
    statuses.pop("PySpark")
    assert set(statuses.values()) == {"ok"}, report
    assert code == 0


def test_each_needs_only_what_was_checked_before() -> None:
    for place, check in enumerate(CHECKS):
        assert set(check.needs) <= set(NAMES[:place])


def test_quick_starts_nothing_and_builds_nothing(
    examine: Examine, spark: Path, tmp_path: Path
) -> None:
    code, report = examine("--quick")
    assert code == 0
    assert report["jar"][0] == report["session"][0] == "skipped"
    assert not (spark / "words").exists()
    assert compilations(tmp_path / "java") == []


def test_without_spark_all_else_is_skipped(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_HOME", str(tmp_path / "nowhere"))
    code, report = examine()
    assert code == 1
    assert report.pop("Spark")[0] == "FAILED"
    assert {status for status, _ in report.values()} == {"skipped"}


def test_a_failed_suspension_is_one_failure(examine: Examine, spark: Path) -> None:
    submit_saying(spark, [*ALL_WELL[:2], {"name": "Python task", "passed": False, "text": "no"}])
    code, report = examine()
    assert code == 1
    assert [name for name, (status, _) in report.items() if status == "FAILED"] == ["Python task"]


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["doctor", "--conf", "spark.neptune.policy"])
    assert caught.value.code == 2
    assert "--conf takes KEY=VALUE, not 'spark.neptune.policy'" in capsys.readouterr().err


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["doctor", "--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    for option in ("--spark-home", "--master", "--conf", "--quick"):
        assert option in said
