"""Rules beyond the schema. A check yields faults, and nothing if all is well.

routes       the routing tree: a root that matches everything, and no route that is never reached
lists        ordered lists, and lists without repetition
times        intervals and silences
evidence     sections about evidence
remedies     remedies that name what they start; alone: one check of a section, like its neighbours
approvals    approvers that AWS can prove, and enough of them
notes        what is valid and probably not intended
"""
