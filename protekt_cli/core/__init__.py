"""Pure rules and codecs: no clock, no file, no socket, no database."""
