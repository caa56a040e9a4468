"""What is kept: the log and its tables, blocks of events, known ids, snapshots and the lake of closed days."""
