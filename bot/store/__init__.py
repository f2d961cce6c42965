"""The only SQL: schema, migrations, queries. Instants are aware UTC datetimes here and integer UTC seconds in the database."""

from bot.store.store import Store, open_store

__all__ = ["Store", "open_store"]
