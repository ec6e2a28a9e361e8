"""The pandas API on Spark: indexes, groups, joins, windows, and functions on whole batches."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import SparkSession

ROWS = 20_000


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    with warnings.catch_warnings():
        # It warns of what is slow, and of old versions of what it uses.
        warnings.simplefilter("ignore")
        return _answers(spark, directory)


def _answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    import pyspark.pandas as ps

    ps.set_option("compute.default_index_type", "distributed-sequence")
    # Spark 4.0 made it the default.
    ps.set_option("compute.ops_on_diff_frames", True)
    frame = ps.DataFrame(
        spark.range(0, ROWS, 1, 4).selectExpr(
            "id", "id % 17 AS k", "double(pmod(hash(id), 1000)) AS v", "concat('s', id % 5) AS s"
        )
    )
    kinds = ps.DataFrame({"k": range(17), "kind": [f"kind-{n % 4}" for n in range(17)]})
    joined = frame.merge(kinds, on="k")
    frame["shifted"] = frame["v"].shift(1)
    frame["smooth"] = frame["v"].rolling(3).mean()
    frame["total"] = frame.groupby("k")["v"].cumsum()
    frame.to_parquet(str(directory / "written"))

    # A hint of what they return would have to name each column.
    def centred(group: pd.DataFrame):
        return pd.DataFrame({"x": (group["v"] - group["v"].mean()).abs()})

    def clipped(batch: pd.DataFrame):
        return batch.clip(upper=500)

    return {
        "groups": _listed(frame.groupby("k").agg({"v": ["sum", "max"], "id": "count"})),
        "joined": _listed(joined.groupby("kind")["v"].mean()),
        "counts": _listed(frame["s"].value_counts()),
        "windows": _listed(frame[["shifted", "smooth", "total"]].sum()),
        "described": _listed(frame[["v"]].describe()),
        "head": _listed(frame.sort_values(["v", "id"]).head(20)),
        "applied": round(float(frame.groupby("k").apply(centred)["x"].sum()), 4),
        "in_batches": _listed(frame[["id", "v"]].pandas_on_spark.apply_batch(clipped).sum()),
        "pivot": _listed(frame.pivot_table(values="v", index=["s"], columns="k", aggfunc="mean")),
        "read_again": _listed(ps.read_parquet(str(directory / "written"))[["id", "v"]].sum()),
        "dummies": _listed(ps.get_dummies(frame["s"]).sum()),
    }


def _listed(found: Any) -> list[Any]:
    """Index and values, in the order of the index."""
    plain = found.to_pandas().sort_index().reset_index().to_numpy().tolist()
    return [[round(x, 6) if isinstance(x, float) else x for x in row] for row in plain]
