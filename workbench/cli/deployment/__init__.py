"""`kedge deployment`: which configs ran on an endpoint, how each went, and what a person says of one."""
