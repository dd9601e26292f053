"""Reports of a detector of your own, handed to a deployed stack."""
