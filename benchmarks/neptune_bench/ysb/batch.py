"""The batch side: SQL over the log of ads from one thread, Python UDFs over it from another."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from pyspark.sql import functions as F

from neptune_bench.unified.workload import Application, BatchSide, Work
from neptune_bench.ysb.adlog import LOG, SCORED, SESSION_GAP_MS, Rows
from neptune_bench.ysb.scoring import score

SQL: Final = {
    "campaigns": """
        SELECT campaign, count_if(event_type = 0), count_if(event_type = 1),
               count_if(event_type = 2), count(DISTINCT user_id)
        FROM log JOIN campaigns USING (ad_id) GROUP BY campaign""",
    "activity": """
        SELECT events, count(*) FROM (SELECT count(*) AS events FROM log GROUP BY user_id)
        GROUP BY events""",
    "sessions": f"""
        SELECT campaign, count(*) FROM (
            SELECT ad_id, event_time - lag(event_time) OVER (
                PARTITION BY user_id ORDER BY event_time, ad_id) AS gap FROM log)
        JOIN campaigns USING (ad_id) WHERE gap IS NULL OR gap > {SESSION_GAP_MS}
        GROUP BY campaign""",
}
PYTHON: Final = "scores"
SCORES: Final = f"""
    SELECT campaign, sum(score(user_id, page_id, event_time))
    FROM log JOIN campaigns USING (ad_id) WHERE event_type = {SCORED} GROUP BY campaign"""


class Analysis(BatchSide):
    """Analyses of the log of ads, again and again."""

    def __init__(self, application: Application) -> None:
        """Name the tables in a session of its own."""
        self._spark = application.spark.newSession()
        self._spark.conf.set("spark.sql.shuffle.partitions", 2 * application.cores)
        for name, path in (("log", LOG), ("campaigns", "campaigns.parquet")):
            table = self._spark.read.parquet(str(application.data / path))
            table.createOrReplaceTempView(name)
        self._spark.udf.register("score", F.udf(score, "bigint"))

    def warm_up(self) -> None:
        """Run one of each kind."""
        self._run(SQL["activity"])
        self._run(SCORES)

    def threads(self) -> Sequence[Iterator[tuple[str, Work]]]:
        """Return the thread of SQL, and that of Python."""
        sql = ((name, functools.partial(self._run, SQL[name])) for name in itertools.cycle(SQL))
        python = itertools.repeat((PYTHON, functools.partial(self._run, SCORES)))
        return [sql, python]

    def _run(self, text: str) -> Rows:
        return sorted([int(cell) for cell in row] for row in self._spark.sql(text).collect())
