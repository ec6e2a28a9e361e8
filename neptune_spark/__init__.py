"""Stream jobs bypass batch jobs on a stock PySpark, with suspendable tasks.

What is exported here, the command line (`neptune_spark.cli`) and the policies that come with the
package (`neptune_spark.policies`) are all that users need. Everything else may change at any time.
"""

from neptune_spark._errors import (
    JavaError,
    NeptuneError,
    SessionError,
    SettingError,
    ShimError,
    TaskCancelled,
    TaskError,
    UnsupportedSpark,
)
from neptune_spark._event_log import logged_events
from neptune_spark._events import single_events
from neptune_spark._limit import limit

# Not for users to call: `%load_ext neptune_spark` of a notebook looks for it here.
from neptune_spark._magic import load_ipython_extension as load_ipython_extension
from neptune_spark._policy.decisions import DecisionView
from neptune_spark._policy.interface import (
    NANOCORES_PER_CORE,
    Decision,
    ExecutorSnapshot,
    MemoryFigures,
    PendingTasks,
    Placement,
    Policy,
    RunningTask,
    Snapshot,
    Victim,
)
from neptune_spark._priority import priority
from neptune_spark._scheduler import Scheduler
from neptune_spark._scheduler_of import scheduler
from neptune_spark._shares import ShareView
from neptune_spark._start.session import builder, configure
from neptune_spark._start.shim import find_jar
from neptune_spark._suspension import no_suspend, suspendable, yield_point
from neptune_spark._version import __version__
from neptune_spark._views import (
    ExecutorView,
    Latency,
    LevelView,
    MemoryView,
    Statistics,
    TaskState,
    TaskView,
    WorkerView,
)

__all__ = [
    "NANOCORES_PER_CORE",
    "Decision",
    "DecisionView",
    "ExecutorSnapshot",
    "ExecutorView",
    "JavaError",
    "Latency",
    "LevelView",
    "MemoryFigures",
    "MemoryView",
    "NeptuneError",
    "PendingTasks",
    "Placement",
    "Policy",
    "RunningTask",
    "Scheduler",
    "SessionError",
    "SettingError",
    "ShareView",
    "ShimError",
    "Snapshot",
    "Statistics",
    "TaskCancelled",
    "TaskError",
    "TaskState",
    "TaskView",
    "UnsupportedSpark",
    "Victim",
    "WorkerView",
    "__version__",
    "builder",
    "configure",
    "find_jar",
    "limit",
    "logged_events",
    "no_suspend",
    "priority",
    "scheduler",
    "single_events",
    "suspendable",
    "yield_point",
]
