"""One HTML page of what Spark's event log tells of a finished application."""
