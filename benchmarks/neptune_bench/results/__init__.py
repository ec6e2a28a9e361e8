"""Keeps results in the repository, and makes of them RESULTS.md and what the README shows."""
