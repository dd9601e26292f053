"""Which receivers Kedge notifies, when, and in which message.

pipeline              the order of the steps that can suppress or delay a notification
recipients            the receivers that the routes name
suppression           suppression by the incident's state, the time of day, or CloudWatch
silences              suppression by silences
inhibition            incidents that suppress others
grouping              group waits and the limit of each receiver
digest                messages for groups that are due, or one digest of all
"""
