"""Whether PySpark has another thread look at the frames of this one from time to time."""

from __future__ import annotations

import os

# Set by BasePythonRunner (Spark 4.x) for spark.python.worker.tracebackDumpIntervalSeconds and for
# spark.sql.execution.pyspark.udf.tracebackDumpIntervalSeconds.
_INTERVAL = "PYTHON_TRACEBACK_DUMP_INTERVAL_SECONDS"


def are_dumped() -> bool:
    """Return whether tracebacks of this process are dumped periodically.

    The thread that does so (`faulthandler.dump_traceback_later`) walks the frames of the main
    thread without the interpreter's lock, which is a risk in itself. CPython unmaps the frames of a
    greenlet when that ends: one that ends during a dump would crash the process for certain.
    """
    return os.environ.get(_INTERVAL, "0") != "0"
