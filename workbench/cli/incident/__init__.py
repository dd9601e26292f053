"""`kedge incident`: which there are, what became of each, and what a person decides about them."""
