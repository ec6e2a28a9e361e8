"""MLlib: algorithms that run many short jobs over cached data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression, RandomForestRegressor
from pyspark.sql import SparkSession

ROWS = 60_000


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    """Fits the models."""
    points = spark.range(0, ROWS, 1, 3).selectExpr(
        "double(pmod(hash(id), 1000)) / 1000 + id % 4 AS a",
        "double(pmod(hash(id, 1), 1000)) / 1000 - id % 3 AS b",
        "double(id % 100) AS c",
    )
    named = points.selectExpr("*", "3 * a - 2 * b + 0.5 * c + 1 AS label")
    data = VectorAssembler(inputCols=["a", "b", "c"], outputCol="features").transform(named)
    data.cache()
    clusters = KMeans(k=4, seed=11, maxIter=4, initSteps=1).fit(data)
    line = LinearRegression(maxIter=20, regParam=0.01, elasticNetParam=0.5, solver="l-bfgs")
    fitted = line.fit(data)
    forest = RandomForestRegressor(numTrees=3, maxDepth=3, seed=5).fit(data)
    found = {
        "centers": sorted(list(map(float, center)) for center in clusters.clusterCenters()),
        "cost": clusters.summary.trainingCost,
        "sizes": sorted(clusters.summary.clusterSizes),
        "coefficients": [*map(float, fitted.coefficients), fitted.intercept],
        "history": [float(loss) for loss in fitted.summary.objectiveHistory],
        "importances": list(map(float, forest.featureImportances.toArray())),
        "predicted": forest.transform(data).agg({"prediction": "sum"}).collect()[0][0],
    }
    data.unpersist(blocking=True)
    return found
