"""The policy document as a team writes it. docs/policy.md explains each key.

document       all keys of the document
remediation    the keys for remedies, approvals and limits
types          names, durations, matchers and counts
"""
