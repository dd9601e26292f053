"""Plays the deployed definition of the state machine in virtual time.

definition    reads the definition, and refuses what it does not know
engine        plays executions, state by state
execution     the position of an execution; alone: data without the rules of `engine`
paths         paths, parameters and choices of states
"""
