"""`kedge replay`: a recording through the same intake and decide as in AWS, in virtual time.

command       `kedge replay`
loop          plays a recording under one policy
wiring        the adapters over recorded clients
delivering    the signals queue in virtual time
side          one policy with its ledger and timers
entry_points  the entry point of each event
home          the account and Region of a recording
facts         the facts of endpoints in a recording
gone          targets that were deleted, by the answers of a recording; alone: a port of its own
ledger        the ledger and its agenda in memory
actions       actions in memory
registers     registers, efficacy and endpoints in memory
unattended    the ledger of a stack whose workflow never runs
versioned     values with versions
schedule      what is due, in the order of time; alone: a data structure without a word of Kedge
idle          the time until which nothing can happen; alone: it makes long replays faster, and changes no result
subject       the subject of an ignored event; alone: for readers, and `loop` prints nothing
timeline      the replay as lines
wire          the replay as JSON
"""
