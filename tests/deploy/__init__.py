"""What `deploy/` has works, and agrees with the settings."""
