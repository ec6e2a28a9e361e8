"""What runs inside a Python worker: tasks that can be suspended between any two bytecodes.

`daemon` and `main` are what Spark starts; they run PySpark's own worker function under a `hub`.
`task` tells the hub which task it runs, `channel` carries the executor's messages (`messages`),
`states` says what they may do to the task, and `gate` is where its thread stands still.
Nothing here imports pyspark.sql, pandas or psutil: a forked worker must start cheaply.
"""
