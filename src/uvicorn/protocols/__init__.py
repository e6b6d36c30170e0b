"""The protocol classes of the reference, for programs that import, subclass or patch them.

They use the pure core, since compiled classes do not allow that; the server uses one only when it
is given as `http`.
"""
