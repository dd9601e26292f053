"""Which remedy, whether it may run, and whether it worked.

remedies          the remedies and the plan function of each
rules             which remedy the policy's rules propose
selection         the rule, the guards, the plan and the mode of a remedy
proposal          adds a remedy, or the reason against one, to an update of an incident
guards            evidence that speaks against any remedy, and when it is evaluated again
known_good        which config is known as good, and what ends that
unconfirmed       evidence that no authority confirms, so that a person must decide
limits            the limits of the policy, counted in the register
plans/            one module for the plan of each remedy
approval          whether a plan is approved, and which answers count
approvers         the identities that AWS confirms, and the approvers that they match
progress          the updates of an incident that its remedy causes
verification/     whether a remedy worked
check_intervals   how long the workflow waits before it checks again
wake_keys         the names by which an event finds the action that waits for it
"""
