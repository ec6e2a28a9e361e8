"""What the Scala compiler says of a Spark that does not fit, made short; see tests/jvm, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from neptune_spark._start.lines import spark_lines
from neptune_spark._start.misfits import SHOWN, misfit, of_compiler
from neptune_spark._start.spark_install import SparkInstall

# As Scala 2.13 wrote it of sources for another line.
_OUTPUT = """\
/x y/src/compat/SparkLine.scala:16: error: type mismatch;
 found   : org.apache.spark.neptune.compat.CpuAmount.Type
    (which expands to)  scala.math.BigDecimal
 required: Int
    else offer.copy(cores = CpuAmount.ofNanocores(nanocores))
                                                 ^
/x y/src/compat/PrioritizedTaskSet.scala:16: error: too many arguments (found 8, expected 7) for \
constructor TaskSet: (tasks: Array[org.apache.spark.scheduler.Task[_]], stageId: Int)\
org.apache.spark.scheduler.TaskSet
    original.resourceProfileId, original.shuffleId, original.isPipelined)
                                                             ^
/x y/src/executor/SuspendableTaskContext.scala:5: error: object TaskInterruptListener is not a \
member of package org.apache.spark.util
  PostStatusUpdateListener, TaskCompletionListener, TaskInterruptListener}
                                                    ^
/x y/src/executor/SuspendableTaskContext.scala:14: error: not found: type TaskInterruptListener
  override def addTaskInterruptListener(listener: TaskInterruptListener): TaskContext = {
                                                  ^
/x y/src/executor/SuspendableTaskContext.scala:22: error: value addTaskPreCompletionListener is \
not a member of org.apache.spark.TaskContext
did you mean addTaskCompletionListener?
    delegate.addTaskPreCompletionListener(listener)
             ^
/x y/src/executor/SuspendableTaskContext.scala:24: warning: method x in class Y is deprecated
    delegate.x()
             ^
error: No warnings can be incurred under -Werror.
1 warning
5 errors
"""


def test_each_finding_is_a_sentence_with_its_place_and_code() -> None:
    assert of_compiler(_OUTPUT) == [
        "SparkLine.scala:16: error: type mismatch; found : "
        "org.apache.spark.neptune.compat.CpuAmount.Type (which expands to) scala.math.BigDecimal "
        "required: Int\n      else offer.copy(cores = CpuAmount.ofNanocores(nanocores))",
        "PrioritizedTaskSet.scala:16: error: too many arguments (found 8, expected 7) for "
        "constructor TaskSet: (tasks: Array[org.apache.spark.scheduler.Task[_]], stageId: Int)"
        "org.apache.spark.scheduler.TaskSet\n"
        "      original.resourceProfileId, original.shuffleId, original.isPipelined)",
        "SuspendableTaskContext.scala:5: error: object TaskInterruptListener is not a member of "
        "package org.apache.spark.util\n"
        "      PostStatusUpdateListener, TaskCompletionListener, TaskInterruptListener}",
        "SuspendableTaskContext.scala:22: error: value addTaskPreCompletionListener is not a "
        "member of org.apache.spark.TaskContext did you mean addTaskCompletionListener?\n"
        "      delegate.addTaskPreCompletionListener(listener)",
    ]


def test_warnings_count_where_nothing_else_is_wrong() -> None:
    start = _OUTPUT.index("/x y/src/executor/SuspendableTaskContext.scala:24")
    assert of_compiler(_OUTPUT[start:]) == [
        "SuspendableTaskContext.scala:24: warning: method x in class Y is deprecated\n"
        "      delegate.x()"
    ]


@pytest.mark.parametrize("summary", ["1 error", "13 errors", "one error found", "two errors found"])
def test_the_compilers_count_is_no_part_of_a_finding(summary: str) -> None:
    told = of_compiler(
        f"/a/B.scala:1: error: value c is not a member of D\n  d.c\n    ^\n{summary}\n"
    )
    assert told == ["B.scala:1: error: value c is not a member of D\n      d.c"]


def test_what_only_follows_is_told_where_it_is_all() -> None:
    told = of_compiler("/a/B.scala:1: error: not found: type C\n  new C\n      ^\n1 error\n")
    assert told == ["B.scala:1: error: not found: type C\n      new C"]


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Error: Could not find or load main class scala.tools.nsc.Main",
        "error: '17' is not a valid choice for '-release'\nerror: bad option: '-release'\n",
    ],
)
def test_a_compiler_that_did_not_start_found_nothing(output: str) -> None:
    assert of_compiler(output) == []


def test_the_error_is_short() -> None:
    spark = SparkInstall(Path("/opt/spark"), Path("/opt/spark/jars"), "4.1.9-vendor-2")
    findings = [f"A.scala:{n}: error: no {n}" for n in range(SHOWN + 2)]
    line = spark_lines()["4.1"]
    lines = str(misfit(spark, line, findings, Path("/cache/a.log"))).splitlines()
    assert "the build of Spark 4.1.9-vendor-2 in /opt/spark," in lines[0]
    assert lines[1:-2] == [f"  {each}" for each in findings[:SHOWN]]
    assert lines[-2] == "  and 2 more"
    assert f"Apache's own Spark {line.newest}," in lines[-1] and "/cache/a.log" in lines[-1]
