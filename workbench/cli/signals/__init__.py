"""Signals of a deployed stack that it could not take in.

app         the commands below `kedge signals`
redriving   hands dead letters to intake again
"""
