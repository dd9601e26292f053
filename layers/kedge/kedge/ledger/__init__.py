"""Decisions as items of the table, and back. docs/architecture.md lists the items.

items              the kinds of items, their keys and their versions
keys               the key of each item
writes             one write for each thing that is stored
action_writes      the writes of one step of a workflow
codec              reads items back
timeline           the entries of a timeline
outbox             effects and queued notifications as items
delivery           claims of effects, and their results
known_endpoints    the endpoints of an account and Region, which limits count
"""
