"""An upgrade alarm: which of the members of Spark that Neptune leans on a Spark has not got."""
