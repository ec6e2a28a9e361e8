"""Policies written in Python that come with the package, to use and to copy from."""

from neptune_spark.policies._newest_first import NewestFirst

__all__ = ["NewestFirst"]
