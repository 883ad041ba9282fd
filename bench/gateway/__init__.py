"""What a gateway costs and how long it keeps results back, Alie beside a baseline: `python -m bench.gateway`."""
