"""Look-up logs with planted leaks and innocent look-alikes, and the search for leaks held against what is true."""
