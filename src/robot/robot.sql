-- step 1
-- A group's robots; id: the person as whom it speaks. hash: of the access token. secret: signs what
-- goes out, and what comes in when checks say so. checks: bits (see inner.h). keywords, addresses:
-- one a line. reply_key: signs the addresses where replies go. url: what is told when somebody calls
-- the robot; empty: nothing.
CREATE TABLE robot (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    name TEXT NOT NULL,
    avatar INTEGER NOT NULL,
    hash BLOB NOT NULL,
    secret TEXT NOT NULL,
    reply_key BLOB NOT NULL,
    checks INTEGER NOT NULL,
    keywords TEXT NOT NULL,
    addresses TEXT NOT NULL,
    url TEXT NOT NULL,
    per_minute INTEGER NOT NULL,
    is_off INTEGER NOT NULL,
    creator INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX robot_hash ON robot (hash);
CREATE INDEX robot_group ON robot (org, conversation, id);

-- What was posted with a key of the tool's own in the last day, hashed: it is not posted twice.
CREATE TABLE robot_once (
    org INTEGER NOT NULL,
    robot INTEGER NOT NULL,
    hash BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (org, robot, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX robot_once_at ON robot_once (org, robot, at);
