"""The protocols as bytes, without I/O: JSON, WebSocket frames both ways, Socket.IO packets."""
