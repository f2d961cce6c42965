"""The designs of reminder bots that people use today, each small, whole and in its kindest form, to set Détente beside them.

Each is a real process of the real discord.py with its own SQLite database: `python -m benchmarks.rivals NAME API_URL TOKEN DATABASE`.
docs/reliability.md says where each design is found and in which way it was treated kindly.
"""
