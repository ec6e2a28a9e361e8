"""What driver, executor and Python processes keep in memory while an application goes on.

A long application, run fast: first many jobs, then the micro-batches of a streaming query, as many
as a day has of ten seconds each. Low-priority jobs hold all cores meanwhile, so that with Neptune
tasks are suspended and resumed all the time. Stock Spark does the same without.

Every so often all stands still, and what lives is looked at: after full collections, so that it is
what somebody still holds. If that grows with the number of tasks, somebody does not let go.
"""
