"""How much one client, and all of them together, may cost."""
