"""The policy in force: the newest valid one, and the last valid one while the newest is invalid.

Reconcile reads every minute what AppConfig published and stores it in the table if it is valid. Intake reads it there. It needs
neither AppConfig, which charges for each copy, nor a reader of YAML.

published    reads the published policy, stores a valid one, and notifies about an invalid one
stored       the item of the table with the last valid policy
active       the policy that intake decides by
"""
