"""Tests of where bytes move: real servers, raw clients."""
