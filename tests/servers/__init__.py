"""Real servers for the tests: found on this machine or in a wheel, started only when asked for."""
