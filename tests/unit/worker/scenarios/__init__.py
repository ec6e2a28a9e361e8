"""What a worker process does in a test, in the place of PySpark's worker function.

Each function whose one argument is a `Stage` is a scenario: a task, or several. It says on standard
output how far it is, and is told on standard input when to go on.
"""
