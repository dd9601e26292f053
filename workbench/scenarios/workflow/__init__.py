"""The deployed state machine in virtual time: its own definition is played, state by state."""
