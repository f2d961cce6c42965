"""The tests mirror bot/; they test real things: the real content, the real discord.py, real HTTP, a real browser."""
