-- step 1
-- secrecy: 0 none, 1 internal, 2 secret. audience: people whom it is for, -1 while they are being
-- counted. withdrawn: when; 0: not.
CREATE TABLE announcement (
    org INTEGER NOT NULL,
    id INTEGER NOT NULL,
    author INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    cover INTEGER NOT NULL,
    files TEXT NOT NULL,
    secrecy INTEGER NOT NULL,
    is_must INTEGER NOT NULL,
    at INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL,
    audience INTEGER NOT NULL,
    reads INTEGER NOT NULL,
    reminded INTEGER NOT NULL,
    PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX announcement_author ON announcement (org, author, id);

-- For everybody with a post in the department or below; department 0 is the whole organisation.
CREATE TABLE announcement_target (
    org INTEGER NOT NULL,
    department INTEGER NOT NULL,
    announcement INTEGER NOT NULL,
    PRIMARY KEY (org, department, announcement)
) STRICT, WITHOUT ROWID;
CREATE INDEX announcement_targets ON announcement_target (org, announcement);

-- For these people besides.
CREATE TABLE announcement_person (
    org INTEGER NOT NULL,
    person INTEGER NOT NULL,
    announcement INTEGER NOT NULL,
    PRIMARY KEY (org, person, announcement)
) STRICT, WITHOUT ROWID;
CREATE INDEX announcement_people ON announcement_person (org, announcement, person);

CREATE TABLE announcement_read (
    org INTEGER NOT NULL,
    announcement INTEGER NOT NULL,
    person INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (org, announcement, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX announcement_read_person ON announcement_read (org, person, announcement);
