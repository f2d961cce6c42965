"""Détente: dated, sourced answers to "are Russia and the US allies?" on Discord."""
