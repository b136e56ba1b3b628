"""Tests of where events come in."""
