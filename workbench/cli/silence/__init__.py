"""`kedge silence`: adds, lists, expires and previews silences.

app         the commands
changing    sends a new or an expired silence to the people function
reading     lists silences, and shows what one would suppress
"""
