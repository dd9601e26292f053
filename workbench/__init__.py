"""What runs on a person's machine: the `kedge` command, the local stack and the replay of recordings."""
