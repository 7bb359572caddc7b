-- step 1
-- The last numbers of each topic, and the server time of its last change.
CREATE TABLE topic (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;

-- A call with a key, and its reply: repeated, it gives the same reply and changes nothing.
CREATE TABLE once (
    org INTEGER NOT NULL,
    person INTEGER NOT NULL,
    key TEXT NOT NULL,
    op TEXT NOT NULL,
    hash INTEGER NOT NULL,
    reply TEXT NOT NULL,
    PRIMARY KEY (org, key, person)
) STRICT, WITHOUT ROWID;

-- Work for after the commit; a timer is a job that is due later.
CREATE TABLE job (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    due INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_due ON job (due, org, id);

-- What admins did.
CREATE TABLE audit (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    person INTEGER NOT NULL,
    act TEXT NOT NULL,
    about INTEGER NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;

-- step 2
-- errand: 1 for work that may wait for other servers, and has threads of its own (see errand.c).
ALTER TABLE job ADD COLUMN errand INTEGER;
CREATE INDEX job_errand ON job (due, org, id) WHERE errand = 1;

-- step 3
-- errand 2: patient work, which takes long or waits for anybody's server.
CREATE INDEX job_patient ON job (due, org, id) WHERE errand = 2;
