"""Innocent look-alikes of every planted behaviour: they come near, and ought to be left alone."""
