"""The only package that imports discord: client, commands, cards and controls."""
