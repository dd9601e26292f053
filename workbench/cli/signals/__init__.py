"""`kedge signals`: the signals that intake could not process.

app          the commands; alone: `kedge` loads it only when it is called
redriving    sends dead letters to intake again
"""
