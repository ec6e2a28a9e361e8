"""The checks of `neptune-spark doctor`: what an installation needs, from Spark to a suspended task.

`checks` says what a check is and runs a list of them; `installation` is what they look at. What is
checked elsewhere already, by turning Neptune on or by an executor, is called here and not repeated.
"""
