"""`kedge policy test`: what a policy would do, tried in virtual time on the engine that is deployed."""
