"""Which policy is in force: the newest that is sound, and the last sound one while the newest is not.

Reconcile looks every minute at what was published (`watch`), and keeps what is sound in the table. Intake reads it there
(`in_force`): it needs neither AppConfig, which charges for each copy that it hands to a container, nor a reader of YAML.
"""
