"""What telling the event log of suspensions costs the driver: ``python -m`` this module.

It needs no arguments, and prints a line of JSON for each way.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from neptune_bench.scale import build, driver

WAYS: Final = ("nothing", "events", "summaries", "tab")


def measured(way: str, suspensions: int, per_second: int, jars: str) -> dict[str, Any]:
    """Run one way in a Spark context of its own; see EventCost.scala."""
    with tempfile.TemporaryDirectory(prefix="events-") as logs:
        plain = {"eventLog_compress": "false", "eventLog_rolling_enabled": "false"}
        settings = {"eventLog_enabled": "true", "eventLog_dir": Path(logs).as_uri(), **plain}
        with driver.context(jars, **settings) as context:
            assert context._jvm is not None
            cost = context._jvm.org.apache.spark.neptune.driver.EventCost(context._jsc)
            # Once, for the compiler.
            cost.run(way, per_second, 10 * per_second)
            (log,) = Path(logs).glob("*")
            before = log.stat().st_size
            found: dict[str, Any] = json.loads(cost.run(way, suspensions, per_second))
            found["log_bytes"] = log.stat().st_size - before
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--suspensions", type=int, default=100_000)
    parser.add_argument("--per-second", type=int, default=1000)
    options = parser.parse_args()
    jars = build.joined_class_path()
    for way in WAYS:
        print(json.dumps(measured(way, options.suspensions, options.per_second, jars)))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
