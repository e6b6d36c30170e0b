"""What CPU time does not say: how load spreads over workers, how long a reload takes."""
