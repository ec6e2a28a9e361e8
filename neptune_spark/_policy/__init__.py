"""Policies written in Python: what they see and answer, and how the scheduler asks them."""
