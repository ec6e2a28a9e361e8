"""The demonstration and the benchmarks of neptune-spark."""
