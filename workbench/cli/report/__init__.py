"""`kedge report`: sends the report of a detector to a deployed stack.

app        the commands; alone: `kedge` loads it only when it is called
sending    signs a report and sends it to intake
"""
