"""What takes minutes: run by `make stress`, not by `make test`."""
