"""`kedge drill`: sends a marked drill through the real routes of a stack, and shows which receiver accepted it.

drilling    starts a drill, waits for its deliveries, and for an acknowledgement
audience    which receivers have a confirmed subscriber now; alone: it asks SNS, and `drilling` does not
screen      the result as a table, or as JSON; alone: the command chooses one of the two
"""
