"""A deployed stack, found by its name: read through its table, called through its functions.

stack         the stack, its table and its functions
options       the options `--stack`, `--region` and `--profile`
event         the event of an engineer's decision; alone: the shape that `sources/operator_requests.py` reads
proof         signs a statement for STS; alone: the other half of `adapters/sts.py`
publishing    publishes a document through AppConfig
ending        error messages and exit codes of these commands
"""
