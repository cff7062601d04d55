"""How it flows: the pure step, the journal, the roles and the commands around them."""
