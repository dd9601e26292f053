"""Why a decision is what it is. `kedge policy explain` and `kedge route test` print it.

explain        the result of each step, the matching rules, and the receivers that were not notified
route_trace    the path of labels through the routing tree
suggestions    the changes of a policy or a silence that would notify a receiver
"""
