"""WebSocket: a connection as a class of its own, one per engine."""
