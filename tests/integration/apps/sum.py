"""The smallest application: a job that needs no Python, and one that does."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print("JVM alone", spark.range(10).selectExpr("sum(id)").collect()[0][0], flush=True)
print("sum", spark.sparkContext.parallelize(range(10), 2).map(lambda x: x + 1).sum())
spark.stop()
