"""The application's own door: what its backend may do, and what frontends hear of it."""
