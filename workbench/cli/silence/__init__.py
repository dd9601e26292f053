"""`kedge silence`: quiet with a name, a reason and an end."""
