"""The HTTP face: it reads a request, asks the engine once, and writes the answer."""
