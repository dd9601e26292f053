"""`kedge incident`: lists and shows incidents, and changes them.

app         the commands
finding     finds an incident by a part of its id
reading     lists and shows incidents
deciding    sends a decision to the people function; alone: it writes, and `reading` only reads
screen      incidents as text for a terminal
"""
