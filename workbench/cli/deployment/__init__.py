"""`kedge deployment`: lists the configs of an endpoint, and marks them.

app        the commands
finding    finds an endpoint by a part of its name
reading    the deployment ledger of an endpoint
marking    sends a mark to the people function; alone: it writes, and `reading` only reads
screen     the deployment ledger as text for a terminal
"""
