"""`neptune-spark submit`: Spark's own spark-submit, with Neptune turned on."""

from __future__ import annotations

import os
import sys

from neptune_spark._errors import ShimError, UnsupportedSpark
from neptune_spark._settings import check_properties, check_rules
from neptune_spark._start.connect import refuse_connect_launch
from neptune_spark._start.launch import SubmitOptions, brings_our_jar
from neptune_spark._start.shim import PLUGIN_CLASS, find_jar
from neptune_spark._start.spark_install import check_python, find_java, find_spark

_UPLOAD_PATH = "spark.kubernetes.file.upload.path"

SUMMARY = "run spark-submit with Neptune turned on: submit [spark-submit options] app.py [args]"


def run(words: list[str]) -> int:
    """Replace this process by spark-submit.

    Parameters
    ----------
    words : list[str]
        The words after the command's name.

    Returns
    -------
    int
        Never: it returns only by an error.

    Raises
    ------
    UnsupportedSpark, JavaError, ShimError
        When there is no Spark, Java or jar that fits, or the jar can't get to the driver.
    SettingError
        For an unknown setting or a bad value, wherever spark-submit would find it.
    SessionError
        When the application is a Spark Connect client, or names a package of Neptune's that is not
        the one for this Spark.
    """
    spark = find_spark()
    find_java(spark)
    program = spark.home / "bin" / "spark-submit"
    if not os.access(program, os.X_OK):
        raise UnsupportedSpark(
            f"{program} is not an executable: set SPARK_HOME to the root of a Spark, or unset it."
        )
    options = SubmitOptions(words)
    environment = dict(os.environ)
    if options.starts_application:
        effective = options.effective(spark)
        refuse_connect_launch(options, spark)
        check_properties(effective)
        check_rules(effective)
        jar = None if brings_our_jar(effective, spark) else find_jar(spark.home)
        if jar is not None:
            _refuse_upload(effective)
        words = options.with_neptune(spark, jar)
        # Spark starts the driver's and the workers' Python as `python3` from the PATH otherwise,
        # which need not have neptune_spark. In cluster mode this path means nothing over there.
        clustered = effective.get("spark.submit.deployMode") == "cluster"
        named = environment.get("PYSPARK_PYTHON") or "spark.pyspark.python" in effective
        if not named and not clustered:
            check_python(spark)
            environment["PYSPARK_PYTHON"] = sys.executable
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(program, [str(program), *words], environment)


def _refuse_upload(effective: dict[str, str]) -> None:
    """Say what to do where Spark would have to upload our jar, and can't."""
    clustered = effective.get("spark.submit.deployMode") == "cluster"
    if (
        clustered
        and effective.get("spark.master", "").startswith("k8s://")
        and (_UPLOAD_PATH not in effective)
    ):
        raise ShimError(
            "on Kubernetes in cluster mode, the jar that this command adds would have to be "
            f"uploaded: set {_UPLOAD_PATH} to a directory that driver and executors can read. "
            "If the image has the jar, use spark-submit with "
            f"--conf spark.plugins={PLUGIN_CLASS} (docs/kubernetes.md)."
        )
