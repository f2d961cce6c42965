"""Whether the tests notice small errors: `python -m tests.mutation bot/domain/planning.py`. docs/mutation.md says what was found."""
