"""The tests mirror the package; `scenarios/` are sentences with people in them, on real servers."""
