-- step 1
CREATE TABLE conversation (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    members INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;

-- The one conversation of two people.
CREATE TABLE direct (
    org INTEGER NOT NULL,
    low INTEGER NOT NULL,
    high INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    PRIMARY KEY (org, low, high)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    person INTEGER NOT NULL,
    role TEXT NOT NULL,
    joined INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_person ON member (org, person, conversation);

-- How far each member has read: every message up to `upto`. since: the first one they may see.
CREATE TABLE reading (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    person INTEGER NOT NULL,
    since INTEGER NOT NULL,
    upto INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, person)
) STRICT, WITHOUT ROWID;

-- people: those mentioned, or whom a notice names, as ids with spaces between; -1: everybody.
-- files: the files' ids likewise. changed: 1 once it was changed after it was sent.
CREATE TABLE message (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    author INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    people TEXT NOT NULL,
    files TEXT NOT NULL,
    reply_to INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    recalled INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX message_id ON message (org, id);
CREATE INDEX message_changed ON message (org, conversation, version) WHERE changed = 1;

-- Whom a message calls; person 0 is everybody.
CREATE TABLE mention (
    org INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    person INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (org, conversation, person, seq)
) STRICT, WITHOUT ROWID;

-- How far the index has come; what is newer is looked through.
CREATE TABLE message_indexed (
    org INTEGER NOT NULL PRIMARY KEY,
    upto INTEGER NOT NULL
) STRICT;
