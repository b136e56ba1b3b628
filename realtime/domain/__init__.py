"""Where things happen. Knows the database and nothing else outside; see ports.py for the rest."""
