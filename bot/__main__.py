"""`python -m bot` is `detente`."""

from bot.cli import main

main()
