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

-- step 2
-- zone: minutes east of UTC, in which all periods of the organisation are meant. disturb: who may
-- push through quiet hours: all, named or none.
CREATE TABLE quiet_rule (
    org INTEGER NOT NULL PRIMARY KEY,
    zone INTEGER NOT NULL,
    disturb TEXT NOT NULL
) STRICT;

CREATE TABLE quiet_disturber (
    org INTEGER NOT NULL,
    person INTEGER NOT NULL,
    PRIMARY KEY (org, person)
) STRICT, WITHOUT ROWID;

-- Quiet hours: of the organisation (person 0), or what a person adds. days: bits, Monday first, on
-- which it begins; low, high: minutes of the day; high <= low: until the next day.
CREATE TABLE quiet_period (
    org INTEGER NOT NULL,
    person INTEGER NOT NULL,
    number INTEGER NOT NULL,
    days INTEGER NOT NULL,
    low INTEGER NOT NULL,
    high INTEGER NOT NULL,
    PRIMARY KEY (org, person, number)
) STRICT, WITHOUT ROWID;

-- The timer of the next beginning or end; one of a former version does nothing.
CREATE TABLE quiet_clock (
    org INTEGER NOT NULL,
    person INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (org, person)
) STRICT, WITHOUT ROWID;

-- Who was disturbed in quiet hours, by whom, and why.
CREATE TABLE disturbance (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    person INTEGER NOT NULL,
    author INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX disturbance_person ON disturbance (org, person, id);
CREATE UNIQUE INDEX disturbance_message ON disturbance (org, conversation, seq, person);
