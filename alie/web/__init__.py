"""The left leg: HTTP and WebSocket."""
