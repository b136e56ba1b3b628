"""A Socket.IO-compatible realtime server."""
