"""`kedge replay`: a recording through the same intake and decide as in AWS, in virtual time."""
