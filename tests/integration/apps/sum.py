"""The smallest application."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print("sum", spark.sparkContext.parallelize(range(10), 2).map(lambda x: x + 1).sum())
spark.stop()
