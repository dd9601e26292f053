"""`kedge policy`: what a team does with its policy before it trusts it."""
