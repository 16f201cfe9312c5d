"""The types of events that this version writes: for whoever asks what there may be."""

from __future__ import annotations

TYPES = (
    "user:create",
    "user:update",
    "user:disable",
    "user:enable",
    "user:delete",
    "user:password",
    "login:success",
    "login:failure",
    "login:throttled",
    "session:create",
    "session:refresh",
    "session:expire",
    "session:expired",
    "session:revoke",
    "session:reuse",
    "session:mismatch",
    "device:new",
    "device:revoke",
    "key:rotate",
    "key:revoke",
    "apikey:create",
    "apikey:revoke",
    "config:change",
    "events:prune",
    "db:restore",
    "db:rekey",
)
