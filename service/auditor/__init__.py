"""Who checks the log from outside: the auditor and the witness. Both see bytes alone."""
