"""A DAG whose batch runs beside others in one cluster, and gives way inside its own application.

The connection `spark_default` names the master. `neptune-spark jar` prints the jar.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG

with DAG("nightly", start_date=datetime(2026, 1, 1), schedule="@daily", catchup=False) as dag:
    SparkSubmitOperator(
        task_id="report",
        application=str(Path(__file__).with_name("report.py")),
        conf={
            "spark.plugins": "org.apache.spark.neptune.NeptunePlugin",
            # Whatever the application submits without a priority is low, except its streams.
            "spark.neptune.defaultPriority": "low",
        },
        jars=os.environ["NEPTUNE_JAR"],
    )
