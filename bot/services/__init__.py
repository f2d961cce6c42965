"""Use cases, in words of the domain. Nothing here knows Discord."""
