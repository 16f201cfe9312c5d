"""SQL and nothing else: it finds rows or says None, and never judges what it finds."""
