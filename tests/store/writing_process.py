"""A process that saves batches without end and says each position it was promised; tests kill it."""

import sys

import numpy as np

from stanch.store.blocks import encode_block
from stanch.store.records import Records
from stanch.store.rows import Commit, OutboxRow


def batch(first: int, size: int) -> Commit:
    """Return a batch whose rows can be told from their position."""
    seqs = np.arange(first, first + size)
    body = encode_block({"seq": seqs, "amount": seqs * 7}, np.zeros((0, 2), np.uint64), [])
    message = OutboxRow(f"m{first}", first, "test", "{}", first)
    return Commit(
        first, first + size - 1, first, first + size, "p", body, outbox=(message,), progress={"f": str(first)}
    )


def main(home: str) -> None:
    """Save batches until killed."""
    with Records.open(home) as records:
        first = records.last_seq() + 1
        while True:
            commit = batch(first, 1 + first % 50)
            records.commit(commit)
            sys.stdout.write(f"{commit.last_seq}\n")
            sys.stdout.flush()
            first = commit.last_seq + 1


if __name__ == "__main__":
    main(sys.argv[1])
