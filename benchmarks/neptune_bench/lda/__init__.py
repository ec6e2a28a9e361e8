"""Topic models: a corpus is trained on again and again while new documents arrive and are scored.

The batch is online variational Bayes for latent Dirichlet allocation (Hoffman, Blei, Bach, "Online
Learning for Latent Dirichlet Allocation", NIPS 2010), by two trainers: one in Python, whose
partition functions make the updates in NumPy, and the one of ``pyspark.ml``. The stream is a
streaming query that scores documents against the newest model that either has published.

Speed alone would not show that suspended tasks compute what others do. So the Python trainer's
rounds are compared with the same rounds in plain NumPy, outside Spark; every score is computed anew
from the model that it names; and the learnt topics must be good: near the true ones where these
are known, else better on held-out text than a model without topics.
"""
