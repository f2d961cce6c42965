"""What the person who hosts the bot needs: logs and health."""
