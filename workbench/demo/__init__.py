"""A day of two models, played on this machine through everything that `sam deploy` would put into an account."""
