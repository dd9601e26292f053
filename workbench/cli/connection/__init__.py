"""A Kedge that is deployed somewhere: found by the name of its stack, read through its table, spoken to through intake."""
