"""XGBoost on Spark: each fit is a barrier stage whose tasks talk to one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyspark.ml.feature import VectorAssembler
from pyspark.sql import DataFrame, SparkSession
from xgboost.spark import SparkXGBClassifier, SparkXGBRegressor

ROWS = 6_000
WORKERS = 2


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    named = spark.range(0, ROWS, 1, 4).selectExpr(
        "double(pmod(hash(id), 1000)) / 1000 AS a",
        "double(pmod(hash(id, 1), 1000)) / 1000 AS b",
        "double(id % 10) AS c",
        "double(id % 10) + double(pmod(hash(id), 1000)) / 100 AS y",
        "int(pmod(hash(id), 1000) > pmod(hash(id, 1), 1000)) AS is_greater",
    )
    data = VectorAssembler(inputCols=["a", "b", "c"], outputCol="features").transform(named)
    options = {"num_workers": WORKERS, "n_estimators": 20, "max_depth": 4, "seed": 7}
    regressor = SparkXGBRegressor(label_col="y", **options).fit(data)
    classifier = SparkXGBClassifier(label_col="is_greater", **options).fit(data)
    return {
        "regression": predictions(regressor.transform(data)),
        "classification": predictions(classifier.transform(data)),
        "right": classifier.transform(data).where("prediction = is_greater").count(),
        "importances": dict(sorted(regressor.get_feature_importances("gain").items())),
    }


def predictions(frame: DataFrame) -> list[list[Any]]:
    groups = frame.groupBy("c").agg({"prediction": "sum", "*": "count"})
    return sorted([round(x, 6) for x in row] for row in groups.collect())
