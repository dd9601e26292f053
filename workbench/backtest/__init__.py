"""`kedge replay --against`: two policies decide on one reading of a recording, and the differences are counted.

command     the command; alone: `kedge` loads it only when it is called
run         plays recordings under both policies at the same time
episode     one problem of one case, under both policies
tally       counts what both policies do, and finds episodes that differ
counts      the numbers of one policy
remedies    the remedy that a policy's rules would propose; alone: a rule about policies, and `tally` only counts
night       the hours of the night
table       the differences as a table
wire        the differences as JSON
"""
