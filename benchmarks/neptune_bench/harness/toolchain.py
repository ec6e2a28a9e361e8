"""Spark, Java and Scala's compiler as the package finds them, for what compiles or starts Java.

The one module of the benchmarks that imports from the package what users do not, beside those of
`mechanism`, which measure the worker and the process controller themselves.
"""

from neptune_spark._start.compiler import classes_in, compile_scala, pack
from neptune_spark._start.shim import cache_directory, locked
from neptune_spark._start.spark_install import find_java, find_spark

__all__ = [
    "cache_directory",
    "classes_in",
    "compile_scala",
    "find_java",
    "find_spark",
    "locked",
    "pack",
]
