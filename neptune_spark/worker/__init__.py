"""What runs inside a Python worker: tasks that can be suspended between any two bytecodes.

`daemon` and `main` are what Spark starts; they run PySpark's own worker function beside a `hub`.
`task` tells the hub which task it runs, `channel` carries the executor's messages (`messages`),
`requests` obeys them, `states` says what they may do to the task, and `gate` is where its thread
stands still.

A forked worker must start cheaply: nothing here imports pyspark.sql, pandas or psutil, nor anything
of the process controller.
"""
