"""The command line: it parses, asks, calls the engine and renders, and decides nothing itself."""
