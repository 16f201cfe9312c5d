"""Protekt manages authenticated sessions: one engine, a command line and a local server."""

__version__ = "0.1.0"
