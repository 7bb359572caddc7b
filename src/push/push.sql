-- step 1
-- The pair by which push services know this server. Browsers subscribed with its point, so it stays.
CREATE TABLE push_pair (
    id INTEGER NOT NULL PRIMARY KEY,
    secret BLOB NOT NULL,
    point BLOB NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- A browser that wants to be told, and of which session. endpoint: its push service's address for
-- it. failures: since the last success.
CREATE TABLE push_device (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    person INTEGER NOT NULL,
    account INTEGER NOT NULL,
    session INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    point BLOB NOT NULL,
    auth BLOB NOT NULL,
    agent TEXT NOT NULL,
    created INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX push_device_endpoint ON push_device (endpoint, org);
CREATE INDEX push_device_person ON push_device (org, person, id);
CREATE INDEX push_device_session ON push_device (session);
