"""Policies to copy from."""
