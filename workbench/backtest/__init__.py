"""`kedge replay --against`: two policies decide over one reading of a recording, and what would differ is counted."""
