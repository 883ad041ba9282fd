"""Dictations through everything that can go wrong on both legs, and the account of what became of them."""
