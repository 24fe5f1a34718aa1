"""Ceremonies: an operation's transaction goes to other machines as a bundle, and comes back signed.

``proposing`` makes the bundle, ``inspection`` tells what it is, ``cosigning`` adds signatures, ``collecting``
takes them in, ``submission`` hands over to the normal execution path.
"""
