"""What Neptune's tab in Spark's UI says, in a terminal."""
