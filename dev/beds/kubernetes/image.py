"""What Spark's image would do in a container, with this machine's Spark, Java and Python."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from neptune_bench.harness.maven import java
from neptune_spark._start.spark_install import find_spark

_JAVA_OPTION: Final = re.compile(r"SPARK_JAVA_OPT_(\d+)")
#: The arguments of an executor, and the variables that have their values.
_EXECUTOR: Final = {
    "--driver-url": "SPARK_DRIVER_URL",
    "--executor-id": "SPARK_EXECUTOR_ID",
    "--cores": "SPARK_EXECUTOR_CORES",
    "--app-id": "SPARK_APPLICATION_ID",
    "--hostname": "SPARK_EXECUTOR_POD_IP",
    "--resourceProfileId": "SPARK_RESOURCE_PROFILE_ID",
    "--podName": "SPARK_EXECUTOR_POD_NAME",
}


def environment() -> dict[str, str]:
    """Return the environment that the image has: nothing of the user's own."""
    java_home = Path(java()).resolve().parents[1]
    return {
        "HOME": os.environ.get("HOME", "/"),
        "JAVA_HOME": str(java_home),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath.lstrip(":")]),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_HOME": str(find_spark().home),
    }


def command(words: Sequence[str], variables: Mapping[str, str]) -> list[str]:
    """Return what the image's entry point runs for a container's arguments.

    Args:
        words: the arguments; `driver` and `executor` have a meaning, all else is run as it is.
        variables: the container's environment.
    """
    home = variables["SPARK_HOME"]
    kind, *rest = words
    if kind == "driver":
        bound = f"spark.driver.bindAddress={variables['SPARK_DRIVER_BIND_ADDRESS']}"
        return [f"{home}/bin/spark-submit", "--conf", bound, "--deploy-mode", "client", *rest]
    if kind == "executor":
        memory = variables["SPARK_EXECUTOR_MEMORY"]
        class_path = [
            variables.get("SPARK_CONF_DIR", f"{home}/conf"),
            variables.get("SPARK_CLASSPATH", ""),
            f"{home}/jars/*",
            variables.get("SPARK_EXTRA_CLASSPATH", ""),
        ]
        return [
            f"{variables['JAVA_HOME']}/bin/java",
            *_java_options(variables),
            *(f"-Xms{memory}", f"-Xmx{memory}"),
            *("-cp", ":".join(filter(None, class_path))),
            "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend",
            *(word for option, name in _EXECUTOR.items() for word in (option, variables[name])),
        ]
    return list(words)


def _java_options(variables: Mapping[str, str]) -> list[str]:
    """Return the executor's Java options in their order."""
    found = {int(m[1]): v for k, v in variables.items() if (m := _JAVA_OPTION.fullmatch(k))}
    return [found[number] for number in sorted(found)]
