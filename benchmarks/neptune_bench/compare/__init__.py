"""Compares two results of a benchmark: what has changed, and whether that is more than noise."""
