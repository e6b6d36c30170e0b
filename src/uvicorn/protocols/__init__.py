"""The protocol classes of the reference, for code that imports, subclasses or patches them.

They stand on the pure core, since compiled classes refuse that; the server uses them when it
is given one as `http`, and never by itself.
"""
