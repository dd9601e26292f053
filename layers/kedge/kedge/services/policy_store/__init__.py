"""The documents in force, of the policy and of the monitors: the newest valid one, and the last valid one while the newest is invalid.

Reconcile reads every minute what AppConfig published and stores it in the table if it is valid. Other functions read it there. They need
neither AppConfig, which charges for each copy, nor a reader of YAML.

published    reads a published document, stores a valid one, and notifies about an invalid one
stored       the kinds of documents, and the item of the table with the last valid one
active       a document from the table, cached for a while, and the policy that intake decides by
monitors     the monitors in force
"""
