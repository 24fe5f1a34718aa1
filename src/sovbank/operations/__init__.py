"""Use cases: each module or package runs one kind of operation through the ports."""
