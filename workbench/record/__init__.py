"""`kedge record`: makes a recording of what an account remembers. It reads, and changes nothing."""
