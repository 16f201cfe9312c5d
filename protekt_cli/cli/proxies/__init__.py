"""Configurations of the proxies that can ask Protekt before they let a request through."""
