"""The examples in the docstrings of what needs a session."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from neptune_spark import Scheduler
from tests.unit.test_docstrings import DOCUMENTED, NEED_A_SESSION, run_examples


@pytest.mark.parametrize("name", [n for n in DOCUMENTED if n.split(".")[0] in NEED_A_SESSION])
def test_the_examples_are_true(name: str, spark: SparkSession, scheduler: Scheduler) -> None:
    run_examples(DOCUMENTED[name], name, spark=spark, scheduler=scheduler)
