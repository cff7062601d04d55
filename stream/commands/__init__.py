"""The commands of `loanwatch`, one group a module; `stream.cli` assembles them."""
