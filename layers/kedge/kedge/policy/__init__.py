"""The team's rules and the pure functions that apply them."""
