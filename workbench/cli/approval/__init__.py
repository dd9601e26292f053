"""`kedge approval`: the plans that wait for somebody, and what somebody says of them."""
