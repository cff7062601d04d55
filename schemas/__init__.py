"""What flows: records, enums, codecs, tokenising. Imports nothing of ours and does no I/O."""
