"""What an answer, an event and a deadline are. Pure: no await, no clock, no SQL, no YAML, no discord."""
