"""The log: chunks in, checkpoints out, and what a process needs to reach Kafka at all."""
