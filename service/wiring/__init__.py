"""Who is made of what: the only package that names concrete adapters.

Production, demo and tests put the service together here; whatever is opened is closed again, in the other order.

    storage ─┬─ keys ─┬─ lookups     vault, entries, revealer, link, sender              (role link)
             │        └─ files       enrolment and ingestion: amender, checkpoints       (roles enrol, worker)
             └─ device (key file)                        operations: counters, journal
"""
