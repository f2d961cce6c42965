"""The commands that answer, check and host from a terminal; each prints for people or, as JSON, for a program."""
