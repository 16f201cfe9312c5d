"""One's own session, in the database itself or on a server."""
