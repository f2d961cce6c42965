"""One module per kind of card; each turns knowledge into a view and nothing else."""
