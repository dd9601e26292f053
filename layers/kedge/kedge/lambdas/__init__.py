"""Puts the parts together: the only place that knows both use cases and adapters. Handlers know only this.

A module a function, so that each loads what it needs and no more (intake starts without the templates of dispatch).
What they make is made at the first call, and kept while the function lives; clients wait until they are used.
"""

# The first import of all: boto3 is most of a cold start, and takes a quarter longer where our own modules came before it
# (tests/benchmarks/bench_cold_start.py).
from kedge.adapters.clients import client

__all__ = ["client"]
