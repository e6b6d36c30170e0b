"""HTTP/1: a connection and a request as classes of their own, one pair per parser."""
