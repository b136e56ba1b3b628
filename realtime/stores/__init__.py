"""What nodes share: the database, the writer, presence, joined sessions and limits.

Each port of ``domain/ports.py`` has a memory or SQLite implementation here, which is its
specification, and one over Redis or PostgreSQL for several nodes.
"""
