"""The process and the system around it: signals, service managers, how it starts and ends."""
