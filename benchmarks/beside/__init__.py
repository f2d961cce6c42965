"""Détente and the designs of reminder bots that people use today, side by side on loopback Discords, through the same trouble."""
