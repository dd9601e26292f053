"""A plan's way through its workflow: looked at, asked about, checked again, carried out once, observed, and told."""
