"""Stream jobs bypass batch jobs on a stock PySpark, by suspendable tasks."""

from neptune_spark._version import __version__
from neptune_spark.errors import NeptuneError
from neptune_spark.priority import priority
from neptune_spark.scheduler import scheduler
from neptune_spark.session import builder, configure
from neptune_spark.suspension import no_suspend, suspendable, yield_point

__all__ = [
    "NeptuneError",
    "__version__",
    "builder",
    "configure",
    "no_suspend",
    "priority",
    "scheduler",
    "suspendable",
    "yield_point",
]
