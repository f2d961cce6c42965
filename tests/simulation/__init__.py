"""A simulated year: the real alerts, the real store on a real SQLite file; made up are time, Discord and people. All from one seed."""
