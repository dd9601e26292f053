"""The table behind the ports. `kedge.ledger` knows the meaning of the items.

table           the five calls to DynamoDB that Kedge needs, and items in its notation
ledger          commits a decision in one transaction
context         reads the context of a case
agenda          lists cases and notices that are due; alone: only reconcile loads the index by time, and has the permission for it
actions         stores actions, each step over the version that it read
deliveries      claims effects and records deliveries
documents       stores the last valid policy and Monitors document, and the faults of newer ones
received        the signals that cases have received; alone: only watch reads them so
incidents       lists incidents for commands
documents       the items that keep what Kedge remembers of the policy and of the monitors
"""
