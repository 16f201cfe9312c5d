"""The admin API: what the admin commands do, for programs with an API key."""
