"""From YAML files to a checked knowledge base, and how to search it."""
