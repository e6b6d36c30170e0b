"""Where a server listens: addresses, the sockets of all that is asked for, the TLS in front."""
