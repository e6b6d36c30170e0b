"""Where a server listens: addresses, sockets for all of them, and the context of TLS."""
