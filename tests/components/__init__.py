"""React components in a real Chromium: what they show after they were away."""
