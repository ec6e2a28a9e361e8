"""Turning Neptune on: the Spark and Java to use, the jar that fits, the session's options."""
