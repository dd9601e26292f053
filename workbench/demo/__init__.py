"""A day of nine endpoints, played on this machine through everything that `sam deploy` would put into an account."""
