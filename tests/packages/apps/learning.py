"""Spark ML beyond `tests/equivalence`: a text pipeline, cross-validation with threads of its own,
factorization, boosted trees, and a pandas model applied to rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import GBTClassifier, LogisticRegression
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.ml.feature import IDF, HashingTF, Tokenizer, VectorAssembler
from pyspark.ml.functions import predict_batch_udf
from pyspark.ml.recommendation import ALS
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import array

ROWS = 4_000
RATINGS = 6_000


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    return {
        "pipeline": pipeline(spark, directory),
        "factorization": factorization(spark),
        "trees": trees(points(spark)),
        "pandas_model": pandas_model(points(spark)),
    }


def pipeline(spark: SparkSession, directory: Path) -> list[Any]:
    """Chosen by cross-validation, which fits several models at once; saved and loaded."""
    texts = spark.range(0, ROWS, 1, 3).selectExpr(
        "concat_ws(' ', concat('w', id % 7), concat('w', id % 11), concat('x', id % 13)) AS t",
        "double(id % 7 < 3) AS label",
    )
    stages = [
        Tokenizer(inputCol="t", outputCol="words"),
        HashingTF(inputCol="words", outputCol="counts", numFeatures=256),
        IDF(inputCol="counts", outputCol="features"),
        LogisticRegression(maxIter=5),
    ]
    grid = ParamGridBuilder().addGrid(stages[-1].regParam, [0.01, 0.3]).build()
    validator = CrossValidator(
        estimator=Pipeline(stages=stages),
        estimatorParamMaps=grid,
        evaluator=BinaryClassificationEvaluator(),
        numFolds=2,
        parallelism=2,
        seed=3,
    )
    fitted = validator.fit(texts)
    fitted.bestModel.save(str(directory / "model"))
    predicted = PipelineModel.load(str(directory / "model")).transform(texts)
    right = predicted.where("prediction = label").count()
    return [right, *(round(float(metric), 6) for metric in fitted.avgMetrics)]


def factorization(spark: SparkSession) -> list[float]:
    ratings = spark.range(0, RATINGS, 1, 3).selectExpr(
        "int(id % 60) AS user", "int(pmod(hash(id), 40)) AS item", "float(id % 5) AS rating"
    )
    distinct = ratings.dropDuplicates(["user", "item"]).selectExpr(
        "user", "item", "float((user * item) % 5) AS rating"
    )
    model = ALS(rank=4, maxIter=3, seed=2, numUserBlocks=2, numItemBlocks=2).fit(distinct)
    error = model.transform(distinct).selectExpr("avg(abs(prediction - rating))").collect()[0][0]
    return [round(float(error), 3), model.userFactors.count()]


def points(spark: SparkSession) -> DataFrame:
    named = spark.range(0, ROWS, 1, 3).selectExpr(
        "double(pmod(hash(id), 1000)) / 1000 AS a",
        "double(pmod(hash(id, 1), 1000)) / 1000 AS b",
        "double(pmod(hash(id), 1000) > pmod(hash(id, 1), 1000)) AS label",
    )
    return VectorAssembler(inputCols=["a", "b"], outputCol="features").transform(named)


def trees(data: DataFrame) -> list[float]:
    model = GBTClassifier(maxIter=3, maxDepth=3, seed=5).fit(data)
    right = model.transform(data).where("prediction = label").count()
    return [right, *(round(float(x), 6) for x in model.featureImportances.toArray())]


def pandas_model(data: DataFrame) -> list[float]:
    """A model that is made once for each Python worker."""

    def make() -> Any:
        def predict(pairs: np.ndarray) -> np.ndarray:
            weights = np.array([3.0, -2.0])
            for _ in range(200):
                result = np.tanh(pairs @ weights)
            return result

        return predict

    model = predict_batch_udf(make, return_type="double", batch_size=100, input_tensor_shapes=[[2]])
    scored = data.select(model(array("a", "b")).alias("x"))
    count, total = scored.selectExpr("count(x)", "sum(x)").collect()[0]
    return [count, round(total, 6)]
