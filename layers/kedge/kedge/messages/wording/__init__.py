"""Sentences that claim no more than the evidence shows.

problem    what happened, as the headline of one incident
change     what is new since the last message
fleet      features that drift on many targets
advice     impact, actions and next step
watch      the faults of monitoring itself
remedy     the state of a remedy
"""
