"""The table behind the ports. `kedge.ledger` knows the meaning of the items.

table           the five calls to DynamoDB that Kedge needs, and items in its notation
ledger          commits a decision in one transaction
context         reads the context of a case
agenda          lists cases and notices that are due; alone: only reconcile loads the index by time, and has the permission for it
actions         stores actions, each step over the version that it read
deliveries      claims effects and records deliveries
policies        stores the last valid policy, and the faults of a newer one
incidents       lists incidents for commands
"""
