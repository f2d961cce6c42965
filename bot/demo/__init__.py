"""The only package that imports simcord: the real bot on a local page."""
