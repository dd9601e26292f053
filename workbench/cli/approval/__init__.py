"""`kedge approval`: lists plans, and answers them.

app         the commands
finding     finds a plan by the first characters of its digest
reading     lists and shows plans
deciding    sends an answer to the approve function
screen      plans as text for a terminal
"""
