"""The verbs: everything that is decided about users, sessions and tokens.

A verb is a plain function of an engine and a view or a transaction. What a refusal must leave
behind is written first; the refusal is returned, and becomes an error outside the transaction.
"""
